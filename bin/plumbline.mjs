#!/usr/bin/env node
/**
 * The `plumbline` command. From a clone it runs src/ as it is; from a package it runs dist/. On an older
 * Node it hands over to the project's own Node 24 when that is installed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(root, 'dist', 'main.js');
const main = existsSync(join(root, 'src', 'main.ts')) ? join(root, 'src', 'main.ts') : built;
const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;
const own = join(root, 'node_modules', 'node', 'bin', 'node');

if (isNewEnough) {
  // Before the first file with types is read, so that what takes types out need not be loaded. Why it lies there: src/main.ts.
  modules.enableCompileCache(join(root, 'node_modules', '.cache', 'plumbline-compiled'));
  await import(main);
} else if (existsSync(own)) {
  const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
} else {
  process.stderr.write(
    `plumbline needs Node 24 or newer; this is Node ${process.versions.node}. Install Node 24, or run "npm ci" in ${root} first, which brings its own.\n`,
  );
  process.exitCode = 2;
}
