import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Anchor, Head } from './anchor.ts';

/** An anchor under the name that its receipts have, such as `rfc3161-1`. */
export interface NamedAnchor {
  readonly name: string;
  readonly anchor: Anchor;
}

export interface AnchoringParts {
  readonly anchors: readonly NamedAnchor[];
  /** Leaves of the newest head that has a receipt of each anchor, by its name. What is newer is still to be anchored. */
  readonly anchored: ReadonlyMap<string, number>;
  /** Makes a receipt durable and puts it on record. */
  readonly keep: (name: string, head: Head, receipt: Uint8Array) => Promise<void>;
  /** At most one head in so many ms goes to each anchor; the newest wins. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Waits so many ms, or until the signal ends it. (Default: by the machine's clock) */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const sleepOn = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

/**
 * Sends heads to places outside, beside the flow: a seal never waits. The outbox is the lake itself: a head that has no
 * receipt is offered again after a restart, so nothing is lost with the process.
 */
export interface Anchoring {
  readonly offer: (head: Head) => void;
  /** Resolves when nothing is under way or waiting, or the signal has ended it. */
  readonly settled: () => Promise<void>;
}

const FIRST_DELAY_MS = SECOND_MS;
const MAX_DELAY_MS = 15 * MINUTE_MS;

export function createAnchoring(parts: AnchoringParts): Anchoring {
  const { keep, everyMs, clock, log, signal, sleep: pause = sleepOn } = parts;

  const lane = ({ name, anchor }: NamedAnchor): Anchoring => {
    let newest: Head | undefined;
    let reached = parts.anchored.get(name) ?? 0;
    let lastAt = -Infinity;
    let isRunning = false;
    let running = Promise.resolve();

    const wait = async (ms: number): Promise<void> => {
      if (ms > 0) await pause(ms, signal);
    };
    const due = (): Head | undefined =>
      !signal.aborted && newest !== undefined && newest.size > reached ? newest : undefined;
    const run = async (): Promise<void> => {
      let failures = 0;
      while (due() !== undefined) {
        await wait(lastAt + everyMs - clock());
        // A newer one may have come meanwhile.
        const head = due();
        if (head === undefined) break;
        try {
          await keep(name, head, await anchor(head));
          reached = head.size;
          lastAt = clock();
          failures = 0;
        } catch (thrown) {
          log.warn(
            { anchor: name, size: head.size, problem: describeError(thrown) },
            'anchor: not anchored yet',
          );
          await wait(Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures++, 20)));
        }
      }
      isRunning = false;
    };
    return {
      offer(head) {
        if (head.size <= Math.max(reached, newest?.size ?? 0)) return;
        newest = head;
        if (isRunning) return;
        isRunning = true;
        running = run();
      },
      settled: () => running,
    };
  };

  const lanes = parts.anchors.map(lane);
  return {
    offer: (head) => {
      for (const { offer } of lanes) offer(head);
    },
    settled: async () => void (await Promise.all(lanes.map(({ settled }) => settled()))),
  };
}
