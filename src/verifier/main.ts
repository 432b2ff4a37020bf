import { availableParallelism, cpus } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { runVerifier } from './command.ts';
import { serveRanges } from './range-worker.ts';
import { createRangeThreads } from './threads.ts';

/** `verify.mjs`: this file and all it needs become one. It is also the program of its own threads. */
const cores = typeof availableParallelism === 'function' ? availableParallelism() : cpus().length;

async function main(): Promise<void> {
  try {
    const threads =
      cores > 1 ? (folder: string) => createRangeThreads(folder, new URL(import.meta.url), 2) : undefined;
    const { code, out } = await runVerifier(process.argv.slice(2), threads);
    process.stdout.write(out);
    process.exitCode = code;
  } catch (thrown) {
    process.stderr.write(`verify: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exitCode = 2;
  }
}

if (isMainThread) await main();
else serveRanges();
