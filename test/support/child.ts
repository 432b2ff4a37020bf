import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { productFolder } from './cli.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The command line as a process of its own. */
export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Everything it has said so far. */
  readonly err: () => string;
  readonly ended: Promise<Ended>;
  /** Resolves with the match once `pattern` shows on standard error; fails when the process ends without it. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given on standard input, which then ends; standard input stays open when left out. */
  readonly input?: string | Uint8Array;
  /** (Default: src/main.ts on the Node that runs the tests) */
  readonly command?: readonly [program: string, ...args: string[]];
}

/** What one process has compiled the next need not compile again. */
const compiled = join(productFolder, 'node_modules', '.cache', 'plumbline-compiled');

/** Starts `plumbline <args>` as a user would, but with nothing of the test's own environment except PATH and HOME. */
export function startChild(args: readonly string[], { cwd, env, input, command }: ChildOptions): Child {
  const [program, ...first] = command ?? [process.execPath, join(productFolder, 'src', 'main.ts')];
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(program, [...first, ...args], {
    cwd,
    env: { PATH, HOME, NODE_COMPILE_CACHE: compiled, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  // Who ends without reading its input breaks the pipe; that is for the test to judge by what comes out.
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const ended = once(child, 'close').then(([code, signal]): Ended => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    out,
    err,
  }));
  return {
    process: child,
    err: () => err,
    ended,
    async until(pattern) {
      let hasEnded = false;
      void ended.then(() => (hasEnded = true));
      for (;;) {
        const match = pattern.exec(err);
        if (match !== null) return match;
        if (hasEnded) throw new Error(`it ended without ${String(pattern)}; it said:\n${err}`);
        await Promise.race([once(child.stderr, 'data'), ended]);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
