import { existsSync, readFileSync } from 'node:fs';
import { createCorrelating } from '../detect/correlate/correlating.ts';
import { asMatched } from '../detect/correlate/correlator.ts';
import type { Matched } from '../detect/correlate/correlator.ts';
import { tieCorrelations } from '../detect/correlate/tie.ts';
import { readCorrelationCases } from '../detect/correlation-test.ts';
import type { CorrelationCase } from '../detect/correlation-test.ts';
import { createDetector } from '../detect/detector.ts';
import { explainCorrelation } from '../detect/explain-correlation.ts';
import type { LoadedCorrelation, LoadedDetections } from '../detect/load.ts';
import { correlationMutants } from '../detect/mutate/correlation.ts';
import type { MutationResult } from '../detect/mutate/score.ts';
import type { Event } from '../domain/event.ts';
import { DAY_MS } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import type { NormalisedRecord } from '../normalise/normalise.ts';
import { eventClasses } from '../normalise/registry.ts';
import type { CaseResult, RuleResult } from './rule-tests.ts';

/** What tests of correlations need of the rules around them. */
export interface CorrelationTesting {
  readonly loaded: LoadedDetections;
  readonly testFileOf: (file: string) => string;
  /** An event of a rule's own tests. */
  readonly eventOf: (rule: string, name: string) => JsonObject | undefined;
  /** The way of a real record through the normalisers; undefined when none reads it. */
  readonly read: (record: JsonObject) => NormalisedRecord | undefined;
  readonly isMutated: boolean;
}

/** Every test starts here; only what lies between events matters. */
const start = Date.parse('2026-03-02T09:00:00Z');
/** Tests may tell events in any order, so none of them is late. */
const latenessMs = 3650 * DAY_MS;

/** Tries correlations on the events of their tests, each of which goes through all the rules. */
export function createCorrelationTests(
  testing: CorrelationTesting,
): (tested: LoadedCorrelation) => RuleResult {
  const { loaded, testFileOf, eventOf, isMutated } = testing;
  const detector = createDetector(loaded.items, eventClasses);

  const matchedIn = ({ records }: CorrelationCase): readonly Matched[] =>
    records.flatMap(({ afterMs, record }, index) => {
      const item = testing.read(record);
      if (item === undefined) return [];
      const id = `event ${String(index + 1).padStart(4, '0')}`;
      const about = { id, source: 'test', evidence: { leaf: index, record: 0 }, record: item.record };
      const event: Event = Object.assign(about, item.fields, { time: start + afterMs });
      return [asMatched(event, detector.detect(event))];
    });

  /** True when the correlation makes a finding; undefined when it does not load. */
  function finds(tested: LoadedCorrelation, matched: readonly Matched[]): boolean | undefined {
    const all = loaded.correlations.map((other) => (other.detection === tested.detection ? tested : other));
    const correlations = tieCorrelations(all, loaded.items);
    if (correlations.problems.length > 0) return undefined;
    const lost = (): void => undefined;
    const correlating = createCorrelating({ correlations, latenessMs, idleAfterMs: Infinity, lost });
    const message = { stream: 'test', receivedAt: start };
    const events = matched.map(({ event }) => event);
    return [...correlating.take(message, events, matched), ...correlating.finish()].some(
      ({ finding }) => finding.detectionName === tested.detection.name,
    );
  }

  function mutationsOf(
    tested: LoadedCorrelation,
    cases: readonly { readonly asked: CorrelationCase; readonly matched: readonly Matched[] }[],
  ): MutationResult {
    const survivors: MutationResult['survivors'][number][] = [];
    let killed = 0;
    for (const { correlation, ...fault } of correlationMutants(tested.correlation)) {
      const answers = cases.map(({ asked, matched }) => ({
        wanted: asked.shouldMatch,
        found: finds({ ...tested, correlation }, matched),
      }));
      // A fault that the loader refuses needs no test to notice it.
      if (answers.some(({ found }) => found === undefined)) continue;
      if (answers.some(({ wanted, found }) => wanted !== found)) killed++;
      else survivors.push(fault);
    }
    return { killed, survivors, equivalent: [] };
  }

  return (tested) => {
    const { name, title, file } = tested.detection;
    const about = { rule: name, title, file };
    const testFile = testFileOf(file);
    if (!existsSync(testFile))
      return { ...about, cases: [], problems: [noTests(testFile)], mutations: undefined };
    const { cases, problems } = readCorrelationCases(readFileSync(testFile, 'utf8'), testFile, eventOf);
    const read = cases.map((asked) => ({ asked, matched: matchedIn(asked) }));
    const results = read.map(({ asked, matched }): CaseResult => {
      const found = finds(tested, matched) === true;
      const isRight = found === asked.shouldMatch;
      return {
        name: asked.name,
        shouldMatch: asked.shouldMatch,
        fault: isRight ? undefined : faultOf(loaded, name, found, matched),
      };
    });
    const canMutate = isMutated && problems.length === 0 && results.every(({ fault }) => fault === undefined);
    return {
      ...about,
      cases: results,
      problems,
      mutations: canMutate ? mutationsOf(tested, read) : undefined,
    };
  };
}

export const noTests = (file: string) => ({
  file,
  line: 1,
  column: 1,
  what: 'the rule has no tests',
  fix: 'write two events or more under `match`, and two near misses or more under `miss`',
});

function faultOf(
  { correlations, items }: LoadedDetections,
  name: string,
  found: boolean,
  matched: readonly Matched[],
): string {
  const explained = explainCorrelation(tieCorrelations(correlations, items), name, matched);
  return [
    found ? 'it found something, and must not' : 'it found nothing, and has to',
    ...(explained?.rules ?? []).map(({ rule, matched: count }) => `  ${rule}: ${count} events`),
    ...(explained?.groups ?? [])
      .slice(0, 3)
      .map(
        ({ group, value, missing }) =>
          `  ${JSON.stringify(group)} comes to ${value ?? 'nothing'}${missing.length === 0 ? '' : `; missing ${missing.join(', ')}`}`,
      ),
  ].join('\n');
}
