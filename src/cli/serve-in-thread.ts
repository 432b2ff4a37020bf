import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { SECOND_MS } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Tap, Tapped } from '../domain/tap.ts';
import type { Asked, ServeMessage, ServeTask, ToServe } from './serve-protocol.ts';
import type { Serving } from './serving.ts';

export interface ServeInThread {
  readonly task: ServeTask;
  readonly log: Logger;
  /** What the thread cannot know itself. */
  readonly answers: { readonly [What in keyof Asked]: () => Asked[What] | Promise<Asked[What]> };
  readonly tap: Tap;
  /** The module of the thread. (Default: `serve-thread`, beside this one) */
  readonly entry?: URL;
}

/** A thread that ended unasked is started again after this long. */
const RESTART_MS = SECOND_MS;
/** What is left of its answers when it is stopped has this long. */
const STOP_MS = 10 * SECOND_MS;
/**
 * What the thread makes and soon drops has so much room. Of what comes with a seal much stays, and is moved whenever the room is full: in
 * Node's 48 MB that stopped every answer for ten milliseconds once a second, in this for one, twenty times.
 */
const YOUNG_MB = 6;
/** What goes by is passed on to the thread at most so often; it does the choosing. */
const TAPPED_PER_SECOND = 1000;

/**
 * Serves the lake in a thread of its own, which is started again when it ends unasked.
 *
 * @throws Error when it cannot serve, for one because something else has the port.
 */
export async function serveInThread(parts: ServeInThread): Promise<Serving> {
  const stopping = new AbortController();
  const first = Promise.withResolvers<Serving>();
  let { port } = parts.task;
  let hasListened = false;
  const listening = (serving: { readonly url: string; readonly tokenFile: string }): void => {
    hasListened = true;
    // Started again, it is where it was.
    port = Number(new URL(serving.url).port);
    first.resolve({ ...serving, [Symbol.asyncDispose]: stop });
  };
  const keepServing = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const problem = await live({ ...parts, task: { ...parts.task, port } }, stopping.signal, listening);
      if (!hasListened) first.reject(new Error(problem ?? 'the thread that serves ended'));
      if (!hasListened || stopping.signal.aborted) return;
      parts.log.error({ problem, inMs: RESTART_MS }, 'serve: ended unasked; starts again');
      await sleep(RESTART_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const serving = keepServing();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await serving;
  };
  return first.promise.catch(async (thrown: unknown) => {
    await stop();
    throw thrown;
  });
}

/** One life of the thread; answers what it ended by. */
function live(
  { task, log, answers, tap, entry = threadEntry() }: ServeInThread,
  signal: AbortSignal,
  listening: (serving: { readonly url: string; readonly tokenFile: string }) => void,
): Promise<string | undefined> {
  const worker = new Worker(entry, {
    workerData: task,
    name: 'plumbline serve',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  const send = (message: ToServe): void => worker.postMessage(message, []);
  const stop = (): void => {
    send({ kind: 'stop' });
    void sleep(STOP_MS, undefined, { ref: false }).then(() => worker.terminate());
  };
  signal.addEventListener('abort', stop, { once: true });
  let problem: string | undefined;
  let closeTap: (() => void) | undefined;
  worker.on('message', (message: ServeMessage) => {
    switch (message.kind) {
      case 'listening':
        listening(message);
        return;
      case 'refused':
        ({ problem } = message);
        return;
      case 'stopped':
        void worker.terminate();
        return;
      case 'ask':
        void answer(answers[message.what], message.id).then(send);
        return;
      case 'tap':
        closeTap?.();
        closeTap = message.isOpen ? tapInto(tap, send) : undefined;
    }
  });
  worker.on('error', (thrown) => {
    problem = describeError(thrown);
    log.error({ problem }, 'serve: ended by an error');
  });
  return new Promise((resolve) => {
    worker.on('exit', () => {
      signal.removeEventListener('abort', stop);
      closeTap?.();
      resolve(problem);
    });
  });
}

async function answer(find: () => unknown, id: number): Promise<ToServe> {
  try {
    return { kind: 'answer', id, value: await find() };
  } catch (thrown) {
    return { kind: 'failed', id, problem: describeError(thrown) };
  }
}

/** Passes on what goes by; what a detection matches is rare and counted apart. */
function tapInto(tap: Tap, send: (message: ToServe) => void): () => void {
  const perSecond = TAPPED_PER_SECOND;
  const pass = (tapped: Tapped): void => send({ kind: 'tapped', tapped });
  const closes = [true, false].map((isMatched) =>
    tap.listen({ perSecond, accepts: ({ detections }) => detections.length > 0 === isMatched }, pass),
  );
  return () => {
    for (const close of closes) close();
  };
}

/** The module of the thread: TypeScript in a clone, JavaScript in a package. */
const threadEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './serve-thread.ts' : './serve-thread.js', import.meta.url);
