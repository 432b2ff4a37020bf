import { setTimeout as sleep } from 'node:timers/promises';
import type { IncidentDesk } from './alert/desk.ts';
import type { Clearance } from './assess/clearance.ts';
import { MINUTE_MS, SECOND_MS } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
import { describeError } from './lib/errors.ts';
import type { Logger } from './lib/log.ts';
import type { Metrics } from './lib/metrics.ts';
import type { Lake } from './store/lake.ts';

/** Tells people of incidents, in rounds, beside the flow. */
export interface Telling {
  /** Tells what changed; waits for it, but not long. While a round is under way, one more follows it. */
  tell(): Promise<void>;
  /** The same when the last round is long past: time alone ends incidents, and what did not arrive is due again. */
  tellIfDue(): Promise<void>;
  /** Resolves when no round is under way. */
  settled(): Promise<void>;
  /** Notifications that failed and have not been delivered since. */
  readonly undelivered: number;
}

export interface TellingParts {
  readonly incidents: IncidentDesk;
  readonly clearance: Clearance;
  /** Who was told, and when, is evidence. */
  readonly lake: Pick<Lake, 'addNote'>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
  /** A receiver that is down must not hold up evidence for longer than this. (Default: 5 s) */
  readonly patienceMs?: number;
}

const TELL_EVERY_MS = MINUTE_MS;

export function createTelling(parts: TellingParts): Telling {
  const { incidents, clearance, lake, metrics, clock, log, patienceMs = 5 * SECOND_MS } = parts;
  const undelivered = new Set<string>();
  let underWay: Promise<void> | undefined;
  let isAskedFor = false;
  let lastAt = clock();

  async function round(): Promise<void> {
    const now = clock();
    lastAt = now;
    for (const delivery of await incidents.round(({ key }) => clearance.isClear(key, now), now)) {
      const { notifier, incident, state, outcome } = delivery;
      const what = `${notifier} ${incident} ${state}`;
      metrics.alerts.inc({ notifier, outcome });
      if (outcome === 'delivered') undelivered.delete(what);
      else {
        undelivered.add(what);
        log.warn({ delivery }, 'alert: not delivered');
      }
      lake.addNote('delivery', { ...delivery });
    }
  }

  async function rounds(): Promise<void> {
    try {
      while (isAskedFor) {
        isAskedFor = false;
        await round();
      }
    } catch (thrown) {
      log.error({ problem: describeError(thrown) }, 'alert: a round ended early');
    } finally {
      underWay = undefined;
    }
  }

  async function tell(): Promise<void> {
    isAskedFor = true;
    if (underWay !== undefined) return;
    underWay = rounds();
    const patience = new AbortController();
    const enough = sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([underWay, enough]);
    patience.abort();
  }

  return {
    tell,
    tellIfDue: async () => {
      if (clock() - lastAt >= TELL_EVERY_MS) await tell();
    },
    settled: async () => await underWay,
    get undelivered() {
      return undelivered.size;
    },
  };
}
