import type { Event } from '../../domain/event.ts';
import type { Correlator, CorrelationHit, CorrelatorSettings, Matched } from './correlator.ts';
import { createCorrelator } from './correlator.ts';
import { correlationFinding } from './finding.ts';
import type { CorrelationFinding } from './finding.ts';
import type { TiedCorrelations } from './tie.ts';
import type { Arrival } from './watermark.ts';

/** Correlation as the pipeline uses it. */
export interface Correlating {
  /** True when a match of this detection bears on a correlation. */
  concerns(detectionId: string): boolean;
  /** True when this detection makes no findings of its own. */
  isSilent(detectionId: string): boolean;
  /** Takes one message: all of its events, for the time, and those that matched something. */
  take(
    message: Omit<Arrival, 'newest'>,
    events: readonly Pick<Event, 'time'>[],
    matched: readonly Matched[],
  ): readonly CorrelationFinding[];
  tick(now: number): readonly CorrelationFinding[];
  finish(): readonly CorrelationFinding[];
  /** Brings back the state that sealed messages had left. */
  restore(history: SealedHistory): Promise<void>;
  readonly size: Correlator['size'];
  readonly watermark: number;
}

/** A message that was taken, and the time of its oldest event, epoch ms; undefined when it has none. */
interface SealedArrival extends Arrival {
  readonly id: string;
  readonly oldest: number | undefined;
}

/** What the lake knows of messages that were taken before a restart. */
export interface SealedHistory {
  /** Every message that may still bear on what is late, in the order in which they were taken. */
  arrivals(take: (arrival: SealedArrival) => void): Promise<void>;
  /** Messages that hold an event at or after `since` (epoch ms), in the same order, matched again. */
  messages(
    since: number,
    take: (id: string, receivedAt: number, matched: readonly Matched[]) => void,
  ): Promise<void>;
  /** Ids of findings of correlations at or after `since`. */
  findings(since: number): Promise<ReadonlySet<string>>;
}

export interface CorrelatingSettings extends Pick<
  CorrelatorSettings,
  'latenessMs' | 'idleAfterMs' | 'lost' | 'mostHeld' | 'mostWaiting'
> {
  readonly correlations: TiedCorrelations;
}

/**
 * A correlator whose hits come as findings, each once. After a restart the same messages are judged late, or not, by
 * the same watermark as before, and their events are matched again as far back as windows reach; what was found before
 * is not found a second time.
 */
export function createCorrelating({ correlations, ...settings }: CorrelatingSettings): Correlating {
  const { items, uses, silent, reachMs } = correlations;
  const usesOf = (id: string): typeof noUses => uses.get(id) ?? noUses;
  const correlator = createCorrelator({ ...settings, correlations: items, usesOf });
  let known: ReadonlySet<string> = new Set();

  const found = (hits: readonly CorrelationHit[]): readonly CorrelationFinding[] =>
    hits.filter(({ moment }) => !known.has(moment.id)).map(correlationFinding);

  return {
    concerns: (id) => usesOf(id).length > 0,
    isSilent: (id) => silent.has(id),
    take(message, events, matched) {
      const ahead = message.receivedAt + settings.latenessMs;
      let newest: number | undefined;
      for (const { time } of events) if (time <= ahead && !(time <= (newest ?? -Infinity))) newest = time;
      return found(correlator.take({ ...message, newest }, matched));
    },
    tick: (now) => found(correlator.tick(now)),
    finish: () => found(correlator.finish()),
    async restore(history) {
      const { pieces } = correlator;
      // Only of messages with something late: of all of them there are too many to be held.
      const judgedBy = new Map<string, number>();
      let arrived = 0;
      await history.arrivals((arrival) => {
        arrived++;
        const watermark = pieces.arrive(arrival);
        if ((arrival.oldest ?? Infinity) < watermark) judgedBy.set(arrival.id, watermark);
      });
      if (arrived === 0) return;
      const since = correlator.watermark - reachMs;
      await history.messages(since, (id, receivedAt, matched) =>
        pieces.admit(receivedAt, matched, judgedBy.get(id) ?? -Infinity),
      );
      known = await history.findings(since);
      pieces.settle();
    },
    get size() {
      return correlator.size;
    },
    get watermark() {
      return correlator.watermark;
    },
  };
}

const noUses: readonly { readonly plan: number; readonly rule: number }[] = [];
