import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { folderFiles } from '../../src/store/folder-files.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { startChild } from '../support/child.ts';
import type { Child } from '../support/child.ts';

/** What a service needed while something was asked of it. */
export interface MemoryOutcome {
  readonly scenario: string;
  /** Resident once it ran and had sealed a little, MiB. */
  readonly beforeMib: number;
  /** Most that was ever resident, MiB. */
  readonly peakMib: number;
  /** Resident in the end, MiB. */
  readonly afterMib: number;
  readonly records: number;
  readonly seconds: number;
  readonly exitCode: number | null;
}

/** A `plumbline run` with the settings that nobody changed, whose memory is looked at from outside. */
export interface Watched extends AsyncDisposable {
  readonly folder: string;
  readonly child: Child;
  /** Resolves when so many messages are sealed. */
  untilSealed(messages: number): Promise<void>;
  residentMib(): number;
  /** What it computed so far, ms. */
  cpuMs(): number;
  /** Asks it to end, and answers what it needed. */
  finish(): Promise<Pick<MemoryOutcome, 'peakMib' | 'afterMib' | 'exitCode'>>;
}

const RUNNING = /"msg":"plumbline: running"/;
const LOOK_MS = 500;

/** MiB of another process; Linux alone says it: `proc_pid_status(5)`. */
export function statusOf(pid: number | undefined, name: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024);
}

/** Ticks of 10 ms in user and system mode: fields 14 and 15 of `proc_pid_stat(5)`. */
function cpuMsOf(pid: number | undefined): number {
  const text = readFileSync(`/proc/${pid ?? 0}/stat`, 'utf8');
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

export interface WatchOptions {
  readonly sources: Readonly<Record<string, unknown>>;
  /** Further settings. */
  readonly over?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Leaves standard input open, to be written to. */
  readonly isFed?: boolean;
}

export async function watchService({
  sources,
  over = {},
  env = {},
  isFed = false,
}: WatchOptions): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-memory-'));
  const lake = join(folder, 'data', 'lake');
  writeFileSync(
    join(folder, 'plumbline.yml'),
    stringify({ lake: { origin: 'lake.example.com/memory' }, serve: { port: 0 }, ...over, sources }),
  );
  const child = startChild(['run', '--config', 'plumbline.yml'], {
    cwd: folder,
    env: { NODE_COMPILE_CACHE: join(folder, 'compiled'), ...env },
    ...(isFed ? {} : { input: '' }),
  });
  await child.until(RUNNING);
  let known = await readSnapshot(folderFiles(lake));
  return {
    folder,
    child,
    residentMib: () => statusOf(child.process.pid, 'VmRSS'),
    cpuMs: () => cpuMsOf(child.process.pid),
    async untilSealed(messages) {
      for (;;) {
        known = await readSnapshot(folderFiles(lake), known);
        const sealed = [...known.cursors.values()].reduce((sum, last) => sum + last + 1, 0);
        if (sealed >= messages) return;
        await sleep(LOOK_MS);
      }
    },
    async finish() {
      const [peakMib, afterMib] = [
        statusOf(child.process.pid, 'VmHWM'),
        statusOf(child.process.pid, 'VmRSS'),
      ];
      child.process.kill('SIGTERM');
      return { peakMib, afterMib, exitCode: (await child.ended).code };
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
