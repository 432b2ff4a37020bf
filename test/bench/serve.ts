import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SECOND_MS } from '../../src/lib/clock.ts';
import { openAsking, questionsAt } from './serve-questions.ts';
import { since, watchThreads } from './serve-waiting.ts';
import type { Ran } from './serve-waiting.ts';

/**
 * How long boards wait for an answer while evidence is taken in: another process takes it in and serves it, this one asks,
 * each question over the thirty days up to a moment that moves on, so that no answer can be kept. `/healthz` is the floor: what
 * an answer of nothing takes on this machine just then. `node test/bench/serve.ts [--seconds 20] [--records 42000]
 * [--pace 0] [--thread own]`; a pace in records a second, 0 as fast as it can. With `--thread asking` the thread that serves asks
 * itself, and says what it computed from each question to its answer, whatever it was.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    records: { type: 'string', default: '42000' },
    pace: { type: 'string', default: '0' },
    thread: { type: 'string', default: 'own' },
  },
});

interface Started {
  readonly url: string;
  readonly tokenFile: string;
  readonly sealed: number;
}
interface Ended {
  readonly records: number;
  readonly seconds: number;
  readonly cpu: number;
  readonly seals: number;
}
/** Milliseconds, by question. */
type Took = ReadonlyMap<string, readonly number[]>;
/** One question: what it took, and what both threads did meanwhile, ms. */
interface Asked {
  readonly wall: number;
  readonly serving: Ran;
  readonly asking: Ran;
}

async function main(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'plumbline-bench-serve-'));
  const { records, pace, thread } = values;
  const child = fork(join(import.meta.dirname, 'serve-ingest.ts'), [
    `--data=${data}`,
    `--records=${records}`,
    `--pace=${pace}`,
    `--thread=${thread}`,
    `--seconds=${values.seconds}`,
  ]);
  try {
    const started = await messageOf<Started>(child);
    const took =
      thread === 'asking'
        ? new Map(await messageOf<readonly (readonly [string, readonly number[]])[]>(child))
        : await askAll(started, Number(values.seconds) * SECOND_MS, watchThreads(child.pid ?? 0));
    child.send('stop');
    const ended = await messageOf<Ended>(child);
    print(thread === 'asking' ? 'ms of CPU' : 'ms', took);
    console.log(
      `meanwhile ${(ended.records / ended.seconds / 1000).toFixed(1)}k records/s into ${ended.seals} seals, ${(ended.cpu / ended.seconds).toFixed(2)} cores at work; served in ${thread === 'same' ? 'the thread that takes in' : 'a thread of its own'}`,
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

async function askAll(
  { url, tokenFile, sealed }: Started,
  lastsMs: number,
  watch: ReturnType<typeof watchThreads>,
): Promise<Took> {
  const all: Asked[] = [];
  const ask = openAsking(tokenFile);
  const took = new Map<string, number[]>();
  const startedAt = performance.now();
  console.log(`first answer: ${(await ask(`${url}/api/v1/evidence`)).toFixed(1)} ms`);
  const warmUp = performance.now() + 2 * SECOND_MS;
  let first = true;
  while (performance.now() < warmUp + lastsMs) {
    const to = Math.floor(sealed + performance.now() - startedAt);
    for (const [name, path] of questionsAt(to)) {
      const before = watch();
      const wall = await ask(`${url}${path}`);
      const now = watch();
      if (first && name === '/controls') console.log(`first /controls: ${wall.toFixed(1)} ms`);
      if (performance.now() > warmUp) {
        took.set(name, [...(took.get(name) ?? []), wall]);
        if (name !== '/healthz')
          all.push({
            wall,
            serving: since(before.serving, now.serving),
            asking: since(before.asking, now.asking),
          });
      }
      await sleep(5);
    }
    first = false;
  }
  ask.close();
  printWaiting(all);
  return took;
}

/** Says what questions waited for: a core, or something of ours. */
function printWaiting(all: readonly Asked[]): void {
  const at99 = (times: readonly number[]): number =>
    times.toSorted((a, b) => a - b)[Math.floor(0.99 * times.length)] ?? Number.NaN;
  const limit = at99(all.map(({ wall }) => wall));
  const slow = all.filter(({ wall }) => wall >= limit);
  const mean = (of: (asked: Asked) => number): string =>
    (slow.reduce((sum, asked) => sum + of(asked), 0) / slow.length).toFixed(1);
  const own = at99(
    all.map(({ wall, serving, asking }) => Math.max(0, wall - serving.waited - asking.waited)),
  );
  console.log(
    `the slowest hundredth: ${mean(({ wall }) => wall)} ms, of which the thread that serves computed ${mean(({ serving }) => serving.computed)} and waited ${mean(({ serving }) => serving.waited)} for a core, the one that asks ${mean(({ asking }) => asking.computed)} and ${mean(({ asking }) => asking.waited)}; p99 without waiting for a core ${own.toFixed(1)} ms`,
  );
}

function print(unit: string, took: Took): void {
  const at = (all: readonly number[], share: number): string => {
    const sorted = all.toSorted((a, b) => a - b);
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    return value.toFixed(1).padStart(8);
  };
  console.log(`${unit.padEnd(22)}   asked     p50     p99     max`);
  const boards = [...took].filter(([name]) => name !== '/healthz').flatMap(([, all]) => all);
  for (const [name, all] of [...took, ['all but /healthz', boards] as const])
    console.log(
      `${name.padEnd(22)}${String(all.length).padStart(8)}${[0.5, 0.99, 1].map((share) => at(all, share)).join('')}`,
    );
}

await main();
