import { existsSync, realpathSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { runVerifier } from './command.ts';
import { serveRanges } from './range-worker.ts';
import { createRangeThreads } from './threads.ts';
import type { DataKeys, RangeThreads } from './threads.ts';

/**
 * `verify.mjs`: this file and all it needs become one. It is a program, the program of its own threads, and a module for
 * those who want to call it.
 */
export { runVerifier } from './command.ts';

const cores = typeof availableParallelism === 'function' ? availableParallelism() : cpus().length;

async function main(): Promise<void> {
  try {
    const threads = (folder: string, keys: DataKeys | undefined): RangeThreads =>
      createRangeThreads(folder, new URL(import.meta.url), 2, keys);
    const { code, out } = await runVerifier(process.argv.slice(2), cores > 1 ? threads : undefined);
    process.stdout.write(out);
    process.exitCode = code;
  } catch (thrown) {
    process.stderr.write(`verify: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exitCode = 2;
  }
}

/** True when Node was asked to run this file, by whatever link. */
function isProgram(): boolean {
  const [, asked] = process.argv;
  return (
    asked !== undefined && existsSync(asked) && pathToFileURL(realpathSync(asked)).href === import.meta.url
  );
}

if (!isMainThread) serveRanges();
else if (isProgram()) await main();
