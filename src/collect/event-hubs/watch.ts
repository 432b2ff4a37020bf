import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Hub } from './hub.ts';
import { behindOf, isForgotten, watchOnce } from './standing.ts';
import type { Standing, Watched } from './standing.ts';

export interface WatchParts {
  readonly hub: Hub;
  readonly standings: () => Iterable<Standing>;
  readonly everyMs: number;
  readonly settleMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Asks the hub how far each partition goes, once a period, over a connection that no partition is read by. One that
 * stands still from one look to the next is taken up anew, which is within two periods of its standing still.
 */
export async function watchPartitions(parts: WatchParts): Promise<void> {
  const { hub, standings, everyMs, log, signal } = parts;
  const watched = new WeakMap<Standing, Watched>();

  async function look(standing: Standing): Promise<void> {
    if (!standing.isOffering && isForgotten(standing, parts.clock(), parts.settleMs))
      return standing.renew('what was handed over is not durable', 'durable');
    try {
      standing.newest = (await hub.state(standing.partition, signal)).last;
    } catch (thrown) {
      if (!signal.aborted)
        log.warn({ stream: standing.stream, problem: describeError(thrown) }, 'event hubs: lag unknown');
      return;
    }
    const { arrived, isOffering } = standing;
    const behind = behindOf(standing) ?? 0;
    const now = watchOnce(watched.get(standing), { arrived, behind, isOffering });
    watched.set(standing, now);
    if (!now.isStalled) return;
    standing.renew(`${behind} messages wait in the hub, and none arrives`, 'handed over');
  }

  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await Promise.all([...standings()].map(look));
  }
}
