import { setTimeout as sleep } from 'node:timers/promises';
import type { Incident } from '../domain/incident.ts';
import type { Level } from '../domain/severity.ts';
import { MINUTE_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { Delivery, Notifier } from './notifier.ts';

/** One notifier under the name the user gave it. */
export interface NamedNotifier {
  readonly name: string;
  readonly notifier: Notifier;
}

/** Who was told of what, when, and how it went: kept as evidence. */
export interface DeliveryRecord {
  readonly notifier: string;
  readonly type: string;
  readonly incident: string;
  readonly state: Incident['state'];
  readonly level: Level;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly attempts: number;
  readonly outcome: 'delivered' | 'failed';
  /** Why it failed; empty when delivered. */
  readonly reason: string;
  /** Sending the same again cannot help. */
  readonly isFinal: boolean;
}

export interface DispatchContext {
  readonly clock: Clock;
  /** Sends at a time per notifier. (Default: 4) */
  readonly concurrency?: number;
  /** After this a send counts as failed even when its notifier forgets its own limits. (Default: 10 min) */
  readonly limitMs?: number;
}

/** The answer of a notifier that must not throw, hang or blow up the round, even when it breaks that promise. */
async function ask(notifier: Notifier, incident: Incident, limitMs: number): Promise<Delivery> {
  const limit = new AbortController();
  const overdue = async (): Promise<Delivery> => {
    await sleep(limitMs, undefined, { signal: limit.signal });
    return { kind: 'failed', attempts: 1, reason: `no answer within ${limitMs} ms`, isFinal: false };
  };
  const late = overdue();
  late.catch(() => undefined);
  try {
    return await Promise.race([notifier.notify(incident), late]);
  } catch (thrown) {
    // The message of an unforeseen error may hold anything, a secret too; its name says enough to find it.
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    return { kind: 'failed', attempts: 1, reason: `notifier raised ${name}`, isFinal: false };
  } finally {
    limit.abort();
  }
}

/**
 * Sends every incident through every notifier. Never throws; each notifier has a queue of its own, so that a slow or
 * failing one holds up nobody else. Records come in the order of notifiers, then incidents.
 */
export async function dispatch(
  notifiers: readonly NamedNotifier[],
  incidents: readonly Incident[],
  context: DispatchContext,
): Promise<readonly DeliveryRecord[]> {
  const { clock, concurrency = 4, limitMs = 10 * MINUTE_MS } = context;
  const queues = notifiers.map(async ({ name, notifier }) => {
    const records: DeliveryRecord[] = [];
    const waiting = incidents.entries();
    const work = async (): Promise<void> => {
      for (const [place, incident] of waiting) {
        const startedAt = clock();
        const delivery = await ask(notifier, incident, limitMs);
        records[place] = {
          notifier: name,
          type: notifier.type,
          incident: incident.key,
          state: incident.state,
          level: incident.level,
          startedAt,
          finishedAt: clock(),
          attempts: delivery.attempts,
          outcome: delivery.kind,
          reason: delivery.kind === 'failed' ? delivery.reason : '',
          isFinal: delivery.kind === 'failed' && delivery.isFinal,
        };
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
    return records;
  });
  return (await Promise.all(queues)).flat();
}

/** Keys of incidents that some notifier should be given again: failed, but not for good. */
export const undeliveredKeys = (records: readonly DeliveryRecord[]): ReadonlySet<string> =>
  new Set(
    records
      .filter(({ outcome, isFinal }) => outcome === 'failed' && !isFinal)
      .map(({ incident }) => incident),
  );
