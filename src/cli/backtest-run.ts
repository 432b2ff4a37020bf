import { createCorrelating } from '../detect/correlate/correlating.ts';
import { asMatched } from '../detect/correlate/correlator.ts';
import type { Matched } from '../detect/correlate/correlator.ts';
import { tieCorrelations } from '../detect/correlate/tie.ts';
import { createDetector } from '../detect/detector.ts';
import { findingOf } from '../detect/finding.ts';
import { loadDetections } from '../detect/load.ts';
import { readDetectionFolder } from '../detect/read-folder.ts';
import type { StoredCapture } from '../domain/capture.ts';
import { eventsOf } from '../domain/event.ts';
import type { Finding } from '../domain/finding.ts';
import type { TimeRange } from '../domain/ports.ts';
import type { Problem } from '../lib/errors.ts';
import { createNormalise } from '../normalise/normalise.ts';
import { eventClasses, normalisers } from '../normalise/registry.ts';
import type { SealedCaptures } from '../store/captures-since.ts';

/** What a finding is compared by, and shown as. */
export type FoundMatch = Pick<Finding, 'id' | 'time' | 'title' | 'level' | 'resourceId' | 'eventId'>;

/** A set of rules that can be asked about sealed messages. */
export interface RulePack {
  /** Names of its detections and correlations. */
  readonly names: ReadonlySet<string>;
  /** How far before a finding the events may lie that made it, ms. */
  readonly reachMs: number;
  /** Takes one sealed message, in the order in which they were taken in. */
  take(stored: StoredCapture, leaf: number): void;
  /** Everything found at an event time of the range, by name of the rule. */
  finish(): ReadonlyMap<string, readonly FoundMatch[]>;
}

/**
 * Loads the rules of a folder, those of `only` alone when it is given. Plain Sigma rules will do.
 *
 * @param latenessMs how late events may come for correlations.
 */
export function loadPack(
  folder: string,
  range: TimeRange,
  latenessMs: number,
  only: (file: string) => boolean = () => true,
): { readonly pack: RulePack; readonly problems: readonly Problem[] } {
  const loaded = loadDetections(readDetectionFolder(folder), { strict: false });
  const correlations = tieCorrelations(
    loaded.correlations.filter(({ detection }) => only(detection.file)),
    loaded.items,
  );
  const isBase = (id: string): boolean => (correlations.uses.get(id) ?? []).length > 0;
  const items = loaded.items.filter(({ detection }) => only(detection.file) || isBase(detection.id));
  const detector = createDetector(items, eventClasses);
  const normalise = createNormalise(normalisers);
  const correlating = createCorrelating({
    correlations,
    latenessMs,
    idleAfterMs: Infinity,
    lost: () => undefined,
  });
  const found = new Map<string, FoundMatch[]>();
  const add = (name: string, { id, time, title, level, resourceId, eventId }: Finding): void => {
    if (time < range.from || time >= range.to) return;
    const list = found.get(name) ?? [];
    list.push({ id, time, title, level, resourceId, eventId });
    found.set(name, list);
  };
  const names = [...items, ...correlations.items]
    .filter(({ detection }) => only(detection.file))
    .map(({ detection }) => detection.name);
  return {
    problems: [...loaded.problems, ...detector.problems, ...correlations.problems],
    pack: {
      names: new Set(names),
      reachMs: correlations.reachMs,
      take(stored, leaf) {
        const events = eventsOf(stored, leaf, normalise(stored).items);
        const matched: Matched[] = [];
        for (const event of events) {
          const matches = detector.detect(event);
          if (matches.length > 0) matched.push(asMatched(event, matches));
          for (const match of matches) {
            const { detection } = match;
            if (detection.observes === 'fail' && only(detection.file) && !correlating.isSilent(detection.id))
              add(detection.name, findingOf(match));
          }
        }
        const { stream, receivedAt } = stored;
        for (const { finding } of correlating.take({ stream, receivedAt }, events, matched))
          add(finding.detectionName, finding);
      },
      finish() {
        for (const { finding } of correlating.finish()) add(finding.detectionName, finding);
        return found;
      },
    },
  };
}

/** Lets packs read the same sealed messages once. */
export async function readBack(
  sealed: SealedCaptures,
  packs: readonly RulePack[],
  { from }: TimeRange,
): Promise<number> {
  const reachMs = Math.max(0, ...packs.map((pack) => pack.reachMs));
  let messages = 0;
  await sealed.captures(from - reachMs, (stored, leaf) => {
    messages++;
    for (const pack of packs) pack.take(stored, leaf);
  });
  return messages;
}

/** What one rule found before and finds now. */
export interface RuleDifference {
  readonly rule: string;
  readonly same: number;
  readonly onlyBefore: readonly FoundMatch[];
  readonly onlyNow: readonly FoundMatch[];
}

/** Compares findings rule by rule, by their event: a finding is the same when the same rule found it in the same event. */
export const differencesOf = (
  names: readonly string[],
  before: ReadonlyMap<string, readonly FoundMatch[]>,
  now: ReadonlyMap<string, readonly FoundMatch[]>,
): readonly RuleDifference[] =>
  names.map((rule) => {
    const [was, is] = [before.get(rule) ?? [], now.get(rule) ?? []].map((list) => uniqueByEvent(list));
    return {
      rule,
      same: [...(is?.keys() ?? [])].filter((event) => was?.has(event)).length,
      onlyBefore: missingFrom(was, is),
      onlyNow: missingFrom(is, was),
    };
  });

const uniqueByEvent = (list: readonly FoundMatch[]): ReadonlyMap<string, FoundMatch> =>
  new Map(list.map((found) => [found.eventId, found]));

const missingFrom = (
  some: ReadonlyMap<string, FoundMatch> | undefined,
  others: ReadonlyMap<string, FoundMatch> | undefined,
): readonly FoundMatch[] =>
  [...(some?.values() ?? [])]
    .filter(({ eventId }) => others?.has(eventId) !== true)
    .toSorted((a, b) => a.time - b.time || (a.eventId < b.eventId ? -1 : 1));
