import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { KafkaSettings } from '../../src/collect/kafka/settings.ts';
import type { Random } from '../../src/lib/random.ts';
import { startChild } from '../support/child.ts';
import type { Child } from '../support/child.ts';
import { statusOf } from './memory.ts';

export interface FleetOptions {
  readonly folder: string;
  readonly members: number;
  readonly source: Partial<KafkaSettings> & object;
  readonly sealRecords: number;
  /** Folder of detections; the shipped ones when left out. */
  readonly detections?: string;
}

/** `plumbline run` processes that write one lake, each under a name of its own, started again when they end. */
export interface Fleet extends AsyncDisposable {
  /** `kill -9` on one of them. */
  kill(random: Random): void;
  readonly kills: () => number;
  /** How often a process was started. */
  readonly starts: () => number;
  /** How often a seal was refused because another process had carried the stream on. */
  readonly taken: () => number;
  /** Most that any of them ever had resident, MiB; 0 where nobody says so. */
  readonly peakMib: () => number;
  /** Asks all to drain and seal, and waits for it; answers their exit codes. */
  drain(): Promise<readonly (number | null)[]>;
  readonly said: () => string;
}

const RESTART_MS = 300;
const LOOK_MS = 500;

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  mkdirSync(options.folder, { recursive: true });
  const names = Array.from({ length: options.members }, (_, n) => `member-${n + 1}`);
  for (const writer of names)
    writeFileSync(
      join(options.folder, `${writer}.yml`),
      stringify({
        data: './data',
        ...(options.detections === undefined ? {} : { detections: options.detections }),
        lake: { writer, origin: 'lake.example.com/soak', sealAfter: '1s', sealRecords: options.sealRecords },
        serve: { port: 0 },
        sources: { kafka: options.source },
      }),
    );
  const running = new Map<string, Child>();
  const said: string[] = [];
  const draining = new AbortController();
  let [kills, starts, peakMib] = [0, 0, 0];

  async function supervise(writer: string): Promise<void> {
    while (!draining.signal.aborted) {
      starts++;
      const child = startChild(['run', '--config', `${writer}.yml`, '--log-level', 'info'], {
        cwd: options.folder,
        env: { NODE_COMPILE_CACHE: join(options.folder, 'compiled') },
      });
      running.set(writer, child);
      const ended = await child.ended;
      running.delete(writer);
      said.push(
        ...ended.err.split('\n').map((line) => `${writer} ${line}`),
        `${writer} ended ${String(ended.code ?? ended.signal)}`,
      );
      if (!draining.signal.aborted) await sleep(RESTART_MS);
    }
  }

  const look = (): void => {
    for (const { process: child } of running.values())
      if (child.exitCode === null && child.signalCode === null)
        peakMib = Math.max(peakMib, statusOf(child.pid, 'VmHWM') || 0);
  };
  const looking = process.platform === 'linux' ? setInterval(look, LOOK_MS) : undefined;

  const [first = '', ...others] = names;
  const supervising = [supervise(first)];
  // The first makes lake and key; the others find them.
  await running.get(first)?.until(/plumbline: running/);
  supervising.push(...others.map(supervise));
  const everything = (): string =>
    [...said, ...Array.from(running.values(), (child) => child.err())].join('\n');

  return {
    kill(random) {
      const alive = [...running.values()];
      if (alive.length === 0) return;
      kills++;
      random.pick(alive).process.kill('SIGKILL');
    },
    kills: () => kills,
    starts: () => starts,
    taken: () => everything().split('another writer has sealed').length - 1,
    said: everything,
    peakMib: () => peakMib,
    async drain() {
      draining.abort();
      const children = [...running.values()];
      for (const child of children) child.process.kill('SIGTERM');
      const ended = await Promise.all(children.map((child) => child.ended));
      await Promise.all(supervising);
      return ended.map(({ code }) => code);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(looking);
      draining.abort();
      for (const child of running.values()) child.process.kill('SIGKILL');
      await Promise.all(supervising);
    },
  };
}
