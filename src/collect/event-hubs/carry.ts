import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from '../../domain/capture.ts';
import { PipelineError, describeError } from '../../lib/errors.ts';
import type { CollectorContext } from '../collector.ts';
import type { Hub } from './hub.ts';
import type { HubEvent } from './link.ts';
import { putInOrder } from './order.ts';
import type { Gap } from './order.ts';
import type { Standing } from './standing.ts';
import { explainTrouble, troubleOf } from './trouble.ts';

export interface Pace {
  /** Wait before the second attempt, ms; doubles after each one without progress. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** In [0, 1). */
  readonly jitter: () => number;
}

export interface CarryParts {
  readonly hub: Hub;
  readonly context: CollectorContext;
  readonly standing: Standing;
  readonly pace: Pace;
  /** Aborts when the partition is no longer ours, or everything ends. */
  readonly signal: AbortSignal;
  /** Resolves when those downstream have come back for more, or the signal aborts. */
  readonly give: (captures: readonly Capture[], signal: AbortSignal) => Promise<void>;
  /** Asked when another receiver took the partition. */
  readonly isStillOurs: () => Promise<boolean>;
  /** What a person should know. */
  readonly tell: (problem: string) => void;
}

/** After so many attempts in a row that brought nothing, the source says that it is down, and starts anew. */
const HOPELESS_ATTEMPTS = 12;

/** A link that was given up on purpose. */
const renewal = Symbol('renewal');

/**
 * Reads one partition for as long as it is ours, over as many links as that takes. Where it goes on is decided here
 * alone: after the last message handed over, or after the last durable one when the partition was somebody else's
 * meanwhile. Returns when it is ours no more.
 *
 * @throws PipelineError SOURCE_UNAVAILABLE when attempt after attempt brought nothing.
 */
export async function carryPartition(parts: CarryParts): Promise<void> {
  const { hub, context, standing, pace, signal, tell } = parts;
  const { stream, partition } = standing;
  let believed: Gap | undefined;
  let suspected: Gap | undefined;
  let attempts = 0;
  let isFresh = true;

  const takeUp = async (link: AbortSignal): Promise<void> => {
    // Asking takes the stream up, so what it answers is where to begin: never ask and then begin elsewhere.
    const known = isFresh ? await context.durableSequence(stream) : standing.last;
    const state = await hub.state(partition, link);
    standing.newest = state.last;
    if (isFresh) standing.marks.length = 0;
    standing.last = startAfter(known, state, (problem) => tell(`${stream}: ${problem}`));
    isFresh = false;
  };

  const readOnce = async (link: AbortController): Promise<void> => {
    await takeUp(link.signal);
    for await (const events of hub.read(partition, standing.last, link.signal)) {
      standing.arrived += events.length;
      const { fresh, gap } = putInOrder(events, standing.last, believed);
      if (fresh.length > 0) {
        const receivedAt = context.clock();
        standing.isOffering = true;
        await parts.give(
          fresh.map(({ sequence, enqueuedAt, body }) => ({
            source: context.source,
            stream,
            sequence,
            // A partition counts its messages one by one: docs, Event Hubs, "Sequence number".
            isContiguous: true,
            enqueuedAt,
            receivedAt,
            body,
          })),
          link.signal,
        );
        standing.isOffering = false;
        // Withdrawn while it waited: it may not have been taken, and is read again.
        if (signal.aborted || link.signal.aborted) return;
        note(standing, fresh, receivedAt);
        attempts = 0;
      }
      if (gap === undefined) continue;
      const isSame = suspected?.after === gap.after && suspected.next === gap.next;
      if (isSame) {
        believed = gap;
        tell(
          `${stream}: ${gap.next - gap.after - 1} messages after ${gap.after} are not in the hub any more`,
        );
      }
      suspected = gap;
      return;
    }
  };

  while (!signal.aborted) {
    const link = new AbortController();
    const end = (): void => link.abort();
    signal.addEventListener('abort', end, { once: true });
    standing.renew = (reason, from) => {
      isFresh ||= from === 'durable';
      context.log.warn({ stream, reason }, 'event hubs: the partition is taken up anew');
      link.abort(renewal);
    };
    let delayMs = 0;
    try {
      await readOnce(link);
    } catch (thrown) {
      if (signal.aborted) return;
      const trouble = troubleOf(thrown);
      if (link.signal.aborted && trouble !== 'stolen') continue;
      context.log.warn({ stream, trouble, problem: describeError(thrown) }, 'event hubs: the link broke');
      isFresh ||= trouble === 'stolen';
      if (trouble === 'stolen' && !(await parts.isStillOurs())) return;
      attempts++;
      if (trouble === 'stolen') tell(`${stream}: ${explainTrouble(thrown)}`);
      else if (attempts >= HOPELESS_ATTEMPTS)
        throw new PipelineError('SOURCE_UNAVAILABLE', stream, explainTrouble(thrown), { cause: thrown });
      delayMs = Math.min(pace.maxDelayMs, pace.firstDelayMs * 2 ** Math.min(attempts - 1, 20));
      if (trouble === 'busy') delayMs = Math.min(pace.maxDelayMs, delayMs * 4);
    } finally {
      standing.isOffering = false;
      signal.removeEventListener('abort', end);
    }
    if (delayMs === 0) continue;
    await sleep(delayMs * (0.5 + pace.jitter() / 2), undefined, { signal }).catch(() => undefined);
  }
}

function note(standing: Standing, fresh: readonly HubEvent[], at: number): void {
  const newest = fresh.at(-1);
  if (newest === undefined) return;
  standing.last = newest.sequence;
  standing.enqueuedAt = newest.enqueuedAt;
  standing.marks.push({ sequence: newest.sequence, offset: newest.offset, at });
}

/** The sequence to start after: what is known, or where the hub begins. Names what retention took meanwhile. */
export function startAfter(
  known: number | undefined,
  state: { readonly first: number; readonly last: number },
  tell: (problem: string) => void,
): number {
  const beforeFirst = state.first - 1;
  if (known === undefined) return beforeFirst;
  if (known > state.last)
    tell(
      `the hub ends at ${state.last}, and ${known} is durable already; if it was made anew, raise \`generation\` in the settings of this source`,
    );
  if (known < beforeFirst)
    tell(`retention took ${beforeFirst - known} messages after ${known} before they were read`);
  return Math.max(known, beforeFirst);
}
