import type { Config } from '../config.ts';
import type { Correlating } from '../detect/correlate/correlating.ts';
import { asMatched } from '../detect/correlate/correlator.ts';
import type { Matched } from '../detect/correlate/correlator.ts';
import { isRoutedTo } from '../detect/detector.ts';
import { captureId } from '../domain/capture.ts';
import type { StoredCapture } from '../domain/capture.ts';
import { eventsOf } from '../domain/event.ts';
import { DAY_MS } from '../lib/clock.ts';
import type { LoadedDetection } from '../detect/load.ts';
import type { createNormalise } from '../normalise/normalise.ts';
import { eventClasses } from '../normalise/registry.ts';
import { createSealedCaptures } from '../store/captures-since.ts';
import { leavesUnderNote } from '../store/note-runs.ts';
import { PACK_NOTE, packNote } from './content.ts';
import type { Content } from './content.ts';
import { openSealed } from './readers.ts';

export interface RestoreParts {
  readonly config: Config;
  readonly content: Content;
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
  content,
  normalise,
  correlating,
}: RestoreParts): Promise<void> {
  const { correlations, detector } = content;
  const concerned = content.loaded.filter(({ detection }) => correlating.concerns(detection.id));
  if (concerned.length === 0) return;
  // Whatever they match is in the lake as a finding.
  const isFound = ({ detection: { id, observes } }: LoadedDetection): boolean =>
    observes === 'fail' && !correlating.isSilent(id);
  const { files, queries } = await openSealed(config);
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
            const matched = matchedIn(stored, leaf).filter(({ detections }) =>
              detections.some(({ id }) => correlating.concerns(id)),
            );
            if (matched.length > 0) take(captureId(stored), stored.receivedAt, matched);
          },
          {
            classes: classesOf(concerned),
            found: {
              detections: concerned.filter(isFound).map(({ detection }) => detection.id),
              classes: classesOf(concerned.filter((one) => !isFound(one))),
              from: async (least) =>
                leavesUnderNote(
                  files,
                  (await queries.snapshot()).seals,
                  { kind: PACK_NOTE, note: packNote(content) },
                  least,
                ),
            },
          },
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
    return events.map((event) => asMatched(event, detector.detect(event)));
  }
}

const classesOf = (loaded: readonly LoadedDetection[]): readonly string[] =>
  eventClasses
    .filter(({ id }) => loaded.some(({ rule }) => isRoutedTo(rule.logSource, id, eventClasses)))
    .map(({ id }) => id);
