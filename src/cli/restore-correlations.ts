import type { Config } from '../config.ts';
import type { Correlating } from '../detect/correlate/correlating.ts';
import type { Matched } from '../detect/correlate/correlator.ts';
import { isRoutedTo } from '../detect/detector.ts';
import { captureId } from '../domain/capture.ts';
import type { StoredCapture } from '../domain/capture.ts';
import { eventsOf } from '../domain/event.ts';
import { DAY_MS } from '../lib/clock.ts';
import type { createNormalise } from '../normalise/normalise.ts';
import { eventClasses } from '../normalise/registry.ts';
import { createSealedCaptures } from '../store/captures-since.ts';
import type { Content } from './content.ts';
import { openSealed } from './readers.ts';

export interface RestoreParts {
  readonly config: Config;
  readonly content: Pick<Content, 'correlations' | 'detector' | 'loaded'>;
  readonly normalise: ReturnType<typeof createNormalise>;
  readonly correlating: Correlating;
}

/**
 * How much further back than windows, lateness and idleness reach messages are looked at for the watermark. It follows
 * exactly as soon as event time moved on once within this.
 */
const SETTLING_MS = 7 * DAY_MS;

/** After a restart: the state of correlations, from the messages that the lake holds. */
export async function restoreCorrelations({
  config,
  content: { correlations, detector, loaded },
  normalise,
  correlating,
}: RestoreParts): Promise<void> {
  const classes = eventClasses
    .filter(({ id }) =>
      loaded.some(
        ({ detection, rule }) =>
          correlating.concerns(detection.id) && isRoutedTo(rule.logSource, id, eventClasses),
      ),
    )
    .map(({ id }) => id);
  if (classes.length === 0) return;
  const { queries } = await openSealed(config);
  try {
    const sealed = createSealedCaptures(queries);
    const last = await sealed.lastReceived();
    if (last === undefined) return;
    const { lateness, idleAfter } = config.correlations;
    const receivedFrom = last - correlations.reachMs - lateness - idleAfter - SETTLING_MS;
    await correlating.restore({
      arrivals: (take) => sealed.arrivals(receivedFrom, lateness, take),
      messages: (since, take) =>
        sealed.captures(
          since,
          (stored, leaf) => {
            const matched = matchedIn(stored, leaf).filter(({ matches }) =>
              matches.some(({ detection }) => correlating.concerns(detection.id)),
            );
            if (matched.length > 0) take(captureId(stored), stored.receivedAt, matched);
          },
          classes,
        ),
      findings: async (since) => {
        const ids = correlations.items.map(({ detection }) => detection.id);
        const rows = await queries.rows(
          `SELECT DISTINCT id FROM findings
           WHERE list_contains(string_split($ids, ','), detection_id) AND epoch_ms(time) >= $since::BIGINT`,
          { ids: ids.join(','), since: Math.max(0, since) },
        );
        return new Set(rows.map((row) => String(row['id'])));
      },
    });
  } finally {
    queries.close();
  }

  /** The events of a sealed message, as the pipeline made them, with what matches them. */
  function matchedIn(stored: StoredCapture, leaf: number): readonly Matched[] {
    const events = eventsOf(stored, leaf, normalise(stored).items);
    return events.map((event) => ({ event, matches: detector.detect(event) }));
  }
}
