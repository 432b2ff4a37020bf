import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The only file that touches the process: arguments in, exit code out. */
const productFolder = join(dirname(fileURLToPath(import.meta.url)), '..');
// What one process compiled the next need not. It lies with the code it was made from, not in a temporary folder that
// strangers write to; where nothing can be written there, nothing is kept.
const compiled = join(productFolder, 'node_modules', '.cache', 'plumbline-compiled');
enableCompileCache(compiled);
// Threads look here.
process.env['NODE_COMPILE_CACHE'] ??= compiled;
const { runCli } = await import('./cli/program.ts');
const { systemClock } = await import('./lib/clock.ts');
const { stepBack } = await import('./lib/thread-priority.ts');
const { version } = JSON.parse(readFileSync(join(productFolder, 'package.json'), 'utf8')) as {
  version: string;
};

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first asks to drain and seal; who asks again does not want to wait.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort(signal);
  });
}
// A reader that went away (`plumbline … | head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  hasColour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
  columns: process.stdout.isTTY ? process.stdout.columns : 80,
  env: process.env,
  workingFolder: process.cwd(),
  productFolder,
  productVersion: version,
  nodeVersion: process.versions.node,
  signal: interrupt.signal,
  clock: systemClock,
  fetch: globalThis.fetch,
  stepBack: () => stepBack(),
});
// Whatever hangs (a file system that does not answer, a connection that will not close) must not outlive the answer.
setTimeout(() => process.exit(), 5000).unref();
