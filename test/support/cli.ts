import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCli } from '../../src/cli/program.ts';
import type { Io } from '../../src/cli/io.ts';
import { systemClock } from '../../src/lib/clock.ts';

export const productFolder = resolve(import.meta.dirname, '../..');

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A working folder with a command line in it. */
export interface Workplace extends Disposable {
  readonly folder: string;
  run(...argv: readonly string[]): Promise<CliRun>;
  /** Runs with something of the outside world changed. */
  runWith(over: Partial<Io>, ...argv: readonly string[]): Promise<CliRun>;
}

export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
  async function runWith(over: Partial<Io>, ...argv: readonly string[]): Promise<CliRun> {
    let out = '';
    let err = '';
    const code = await runCli(argv, {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      isTerminal: false,
      hasColour: false,
      columns: 80,
      env: {},
      workingFolder: folder,
      productFolder,
      productVersion: '0.0.0-test',
      nodeVersion: process.versions.node,
      signal: new AbortController().signal,
      clock: systemClock,
      fetch: () => Promise.reject(new Error('no network in tests')),
      ...over,
    });
    return { code, out, err };
  }
  return {
    folder,
    runWith,
    run: (...argv) => runWith({}, ...argv),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
