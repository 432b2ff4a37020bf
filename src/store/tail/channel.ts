import { resolve } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { SECOND_MS } from '../../lib/clock.ts';
import type { LakeWatch } from './lake-watch.ts';
import type { TailMessage } from './messages.ts';
import { createTail } from './tail.ts';
import { fromWire, toWire } from './wire.ts';
import type { WireMessage } from './wire.ts';

/** How long what was taken in may stay unsaid. */
const SAY_WITHIN_MS = SECOND_MS / 4;

const SAY_ALL = 'say-all';

/** The channel of a lake, between all threads of this process. */
const nameOf = (lake: string): string => `plumbline-tail ${resolve(lake)}`;

const dataOf = (event: Event): unknown => ('data' in event ? event.data : undefined);

export interface SpokenTail extends Disposable {
  /** To be given to the lake that writes. */
  readonly watch: LakeWatch;
}

/**
 * Says the tail of one writer to whoever listens in this process, in whichever thread.
 *
 * @param lake the lake's folder.
 * @param origin of the writer's log.
 */
export function speakTail(lake: string, origin: string): SpokenTail {
  const channel = new BroadcastChannel(nameOf(lake));
  const post: (message: unknown) => void = channel.postMessage.bind(channel);
  const tail = createTail(origin, (message) => post(toWire(message)));
  channel.addEventListener('message', (event) => {
    if (dataOf(event) === SAY_ALL) tail.sayAll();
  });
  channel.unref();
  const saying = setInterval(() => tail.flush(), SAY_WITHIN_MS);
  saying.unref();
  return {
    watch: tail.watch,
    [Symbol.dispose]() {
      clearInterval(saying);
      // What was not sealed by now is gone, and is read again from its source.
      tail.watch.dropped();
      channel.close();
    },
  };
}

export interface HeardTails extends Disposable {
  /** Asks every writer to say everything: for one who comes later than they did, or missed something. */
  askAll(): void;
}

/** Hears the tails of all writers of a lake in this process. */
export function hearTails(lake: string, take: (message: TailMessage) => void): HeardTails {
  const channel = new BroadcastChannel(nameOf(lake));
  const post: (message: unknown) => void = channel.postMessage.bind(channel);
  let isAsking = false;
  channel.addEventListener('message', (event) => {
    const data = dataOf(event);
    if (data === SAY_ALL) return;
    const message = fromWire(data as WireMessage);
    if (message.kind === 'whole') isAsking = false;
    take(message);
  });
  channel.unref();
  return {
    askAll() {
      // Each message of a writer that was not heard from its beginning asks again; one answer is enough.
      if (isAsking) return;
      isAsking = true;
      post(SAY_ALL);
    },
    [Symbol.dispose]: () => channel.close(),
  };
}
