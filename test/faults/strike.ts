import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finish, startService } from './service.ts';
import { createFaultWorld } from './world.ts';

export const faultKinds = ['kill', 'enospc', 'eio', 'erofs', 'short', 'fsync'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Strike {
  readonly kind: FaultKind;
  /** Which changing call below the lake is hit, from 1. */
  readonly at: number;
  /** How many in a row. */
  readonly calls: number;
}

export interface StrikeOutcome {
  /** Calls that were hit: none when the service does not make so many. */
  readonly hit: readonly string[];
  /** How the service that was struck ended. */
  readonly struck: number | string | null;
  /** Of the start after it, when one was needed. */
  readonly exitCode: number | null;
  readonly faults: readonly string[];
}

/** True where the interposer can be compiled and preloaded. */
export const canInterpose = (): boolean => {
  try {
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return process.platform === 'linux';
  } catch {
    return false;
  }
};

export function compileInterposer(folder: string): string {
  const library = join(folder, 'interposer.so');
  const source = join(import.meta.dirname, 'interposer.c');
  execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return library;
}

/** A service whose file system fails at one point, then, when that ended it, one that is started after it. */
export async function strike(library: string, { kind, at, calls }: Strike): Promise<StrikeOutcome> {
  using world = createFaultWorld();
  world.grow(60);
  const first = await finish(startService(world));
  world.grow(200);
  const log = join(world.folder, 'hit.log');
  const struckService = startService(world, {
    LD_PRELOAD: library,
    FAULT_BELOW: '/data/lake',
    FAULT_KIND: kind,
    FAULT_AT: String(at),
    FAULT_CALLS: String(calls),
    FAULT_LOG: log,
  });
  const struck = await finish(struckService).catch(async () => {
    const { code, signal } = await struckService.ended;
    return signal ?? code;
  });
  const faults = first === 0 ? [] : [`the first run ended with ${first}`];
  faults.push(...(await world.faults()));
  const exitCode = struck === 0 ? 0 : await finish(startService(world));
  faults.push(...(await world.differences()));
  const hit = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  return { hit, struck, exitCode, faults };
}
