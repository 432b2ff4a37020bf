import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openKeptReaders } from '../../src/cli/readers.ts';
import { panelIds, panels, panelPath } from '../../src/domain/panels.ts';
import type { PanelContract } from '../../src/domain/panels.ts';
import { DAY_MS, SECOND_MS } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { createServer } from '../../src/serve/server.ts';
import { shipped } from './workshop.ts';

/**
 * How long boards wait for an answer while evidence is taken in as fast as it can be: another process writes the lake, this
 * one serves it and asks, each question over the thirty days up to a moment that moves on, so that no answer can be kept.
 * `node test/bench/serve.ts [--seconds 20] [--records 42000]`
 */
const TOKEN = 'bench-token-0123456789-0123456789-0123456789';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '20' }, records: { type: 'string', default: '42000' } },
  });
  const data = mkdtempSync(join(tmpdir(), 'plumbline-bench-serve-'));
  const child = fork(join(import.meta.dirname, 'serve-ingest.ts'), [data, values.records]);
  try {
    const { sealed } = await messageOf<{ sealed: number }>(child);
    const took = await serveAndAsk(data, sealed, Number(values.seconds) * SECOND_MS);
    child.send('stop');
    const { records, seconds, seals } = await messageOf<{ records: number; seconds: number; seals: number }>(
      child,
    );
    print(took);
    console.log(
      `meanwhile ${Math.round(records / seconds / 1000)}k records/s into ${seals} seals, ${Math.round(records / 1000)}k records in all`,
    );
  } finally {
    child.kill();
    rmSync(data, { recursive: true, force: true });
  }
}

async function messageOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the process that takes in evidence ended with ${String(code)}`);
    }),
  ])) as [T];
  return message;
}

const questionsAt = (to: number): readonly (readonly [name: string, path: string])[] => {
  const range = `from=${to - 30 * DAY_MS}&to=${to}`;
  return [
    ...panelIds.map((panel) => {
      const { takes }: PanelContract = panels[panel];
      return [panel, takes.includes('range') ? `${panelPath(panel)}?${range}` : panelPath(panel)] as const;
    }),
    ['/controls', `/api/v1/controls?${range}`],
    ['/controls/:id', `/api/v1/controls/soc2:CC6.1?${range}`],
    ['/findings', `/api/v1/findings?${range}&limit=100`],
    ['/sources', '/api/v1/sources'],
    ['/evidence', '/api/v1/evidence'],
  ];
};

/** What one answer took, ms: wall clock, and what the thread that serves and asks computed meanwhile. */
interface Answer {
  readonly wall: number;
  readonly cpu: number;
}
type Took = ReadonlyMap<string, readonly Answer[]>;

async function serveAndAsk(data: string, now: number, lastsMs: number): Promise<Took> {
  using readers = await openKeptReaders({ ...shipped.config, data }, shipped.content);
  const startedAt = performance.now();
  await readers.refresh();
  console.log(`first sums after ${Math.round(performance.now() - startedAt)} ms`);
  const clock = (): number => now + performance.now() - startedAt;
  const server = await createServer({
    evidence: readers.evidence,
    posture: readers.posture,
    metrics: createMetrics(),
    health: () => [],
    token: TOKEN,
    clock,
    log: silentLogger,
    productVersion: '0.0.0-bench',
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const stopping = new AbortController();
  const keeping = (async () => {
    while (!stopping.signal.aborted) {
      await readers.refresh();
      await sleep(SECOND_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took = new Map<string, Answer[]>();
  const warmUp = performance.now() + 2 * SECOND_MS;
  const end = warmUp + lastsMs;
  while (performance.now() < end) {
    for (const [name, path] of questionsAt(Math.floor(clock()))) {
      const answer = await ask(`${url}${path}`, agent);
      if (performance.now() > warmUp) took.set(name, [...(took.get(name) ?? []), answer]);
      await sleep(5);
    }
  }
  stopping.abort();
  agent.destroy();
  await keeping;
  await server.close();
  return took;
}

/** From the question to the last byte of the answer. */
function ask(url: string, agent: Agent): Promise<Answer> {
  const from = performance.now();
  const before = process.threadCpuUsage();
  const took = (): Answer => {
    const { user, system } = process.threadCpuUsage(before);
    return { wall: performance.now() - from, cpu: (user + system) / 1000 };
  };
  return new Promise((done, fail) => {
    const asked = request(url, { agent, headers: { authorization: `Bearer ${TOKEN}` } }, (response) => {
      response.resume();
      response.on('error', fail);
      response.on('end', () => {
        if (response.statusCode === 200) done(took());
        else fail(new Error(`${url} was answered with ${response.statusCode ?? 0}`));
      });
    });
    asked.on('error', fail);
    asked.end();
  });
}

function print(took: Took): void {
  const at = (values: readonly number[], share: number): string => {
    const sorted = values.toSorted((a, b) => a - b);
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    return value.toFixed(1).padStart(8);
  };
  console.log(`${'ms'.padEnd(22)}   asked     p50     p99 cpu p50 cpu p99`);
  for (const [name, answers] of [...took, ['all', [...took.values()].flat()] as const]) {
    const [wall, cpu] = [answers.map((one) => one.wall), answers.map((one) => one.cpu)];
    const figures = [at(wall, 0.5), at(wall, 0.99), at(cpu, 0.5), at(cpu, 0.99)].join('');
    console.log(`${name.padEnd(22)}${String(answers.length).padStart(8)}${figures}`);
  }
}

await main();
