import { resolve } from 'node:path';
import { createDetector } from '../../src/detect/detector.ts';
import type { LoadedDetection } from '../../src/detect/load.ts';
import type { Detector } from '../../src/domain/detection.ts';
import type { Event } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { eventClasses } from '../../src/normalise/registry.ts';
import { benchRecords, inMessages } from './engine-records.ts';
import type { BenchRecord } from './engine-records.ts';
import { realRules, rulesOf } from './engine-rules.ts';
import { spread } from './measure.ts';
import type { Spread } from './measure.ts';
import { naiveDetector } from './naive.ts';
import { machine } from './summary.ts';
import { takeTurns } from './turns.ts';
import type { Side } from './turns.ts';

/** What the engine costs: ratios within a round, so that the machine's other work cancels out. */
export interface EngineSummary {
  readonly records: number;
  readonly bytes: number;
  readonly rules: { readonly real: number };
  readonly matches: { readonly few: number; readonly many: number };
  readonly ratios: Readonly<Record<string, Spread>>;
  /** Records a second of work, of this machine and hour. */
  readonly perSecond: Readonly<Record<string, number>>;
}

const FEW = 150;
const MANY = 3000;
/** Naive closures take some hundred times as long, so they get fewer records. */
const NAIVE_RECORDS = 300;

const productFolder = resolve(import.meta.dirname, '../..');

/** Of a record, in bytes: sign-ins and activity records of a large tenant. */
const SIZE = 2900;

/**
 * From the bytes of one record to the verdict of all rules. The ratios are of the work of all threads: other work on
 * the machine stretches the clock. The two sides of a ratio take turns, and nothing else meanwhile: a process that
 * watches a stream has one set of rules, and does not run code and memory of others between its records. These come as
 * messages of one service after another; *sources mixed*: as hardly a stream has them, seldom two of one source in a row.
 */
export function measureEngine(rounds: number, onRound: (round: number) => void): EngineSummary {
  const real = realRules(productFolder);
  const scattered = benchRecords(productFolder, real, SIZE);
  const records = inMessages(scattered);
  const open = openRecords(records);
  const fewRules = rulesOf(real, FEW);
  const few = rulesSide(`${FEW} rules`, open, fewRules);
  const ratios: Record<string, Spread> = {};
  const perSecond: Record<string, number> = {};
  const compare = (name: string, above: Side, below: Side): void => {
    const [one, other] = takeTurns(above, below, { rounds, stretches: STRETCHES }, onRound);
    const perRecord = one.map((cost) => cost / above.records);
    ratios[name] = spread(
      perRecord.map((cost, round) => cost / ((other[round] ?? Number.NaN) / below.records)),
    );
    perSecond[above.name] ??= 1000 / spread(perRecord).median;
    perSecond[below.name] ??= (1000 * below.records) / spread(other).median;
  };
  compare(`${FEW} rules / bare JSON.parse`, parseSide('parse', records), few);
  compare(
    `${FEW} rules / bare JSON.parse, sources mixed`,
    parseSide('parse, sources mixed', scattered),
    rulesSide(`${FEW} rules, sources mixed`, openRecords(scattered), fewRules),
  );

  const manyRules = rulesOf(real, MANY);
  const many = rulesSide(`${MANY} rules`, open, manyRules);
  compare(`${MANY} rules / ${FEW} rules`, few, many);

  const naive = naiveDetector(manyRules, eventClasses);
  const some = records.filter((_, place) => place % Math.floor(records.length / NAIVE_RECORDS) === 0);
  sameMatches(many.detector, naive, some);
  compare(
    `engine / naive closures, ${MANY} rules`,
    parsedSide(`naive closures, ${MANY} rules, parsed before`, some, naive),
    parsedSide(`${MANY} rules, parsed before`, records, many.detector),
  );
  const matches = { few: few.matches(), many: many.matches() };
  const bytes = records.reduce((sum, { bytes: of }) => sum + of.length, 0);
  return { records: records.length, bytes, rules: { real: real.length }, matches, ratios, perSecond };
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

/** For people. Only the ratios are claims. */
export function engineTable({ records, bytes, rules, matches, ratios, perSecond }: EngineSummary): string {
  const lines = [
    machine(),
    `${records} records of ${Math.round(bytes / records)} bytes; ${rules.real} real rules, then copies with changed values`,
    `matches: ${matches.few} by ${FEW} rules, ${matches.many} by ${MANY}`,
    ...Object.entries(ratios).map(([of, { median, min, max }]) =>
      median > 2
        ? `  ${of.padEnd(44)}${median.toFixed(0)} x   (${min.toFixed(0)} to ${max.toFixed(0)})`
        : `  ${of.padEnd(44)}${percent(median)}   (${percent(min)} to ${percent(max)})`,
    ),
    ...Object.entries(perSecond).map(([arm, rate]) => `  ${arm.padEnd(44)}${Math.round(rate)} records/s`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Two sides take turns so many times in a round. */
const STRETCHES = 10;
/** So many records a call: what a stream calls is compiled once, not anew with the loop around it. */
const CALL = 100;

/** The sum of what `take` says of some records after others of a stretch. */
function throughCalls<T>(
  records: readonly T[],
  stretch: number,
  take: (records: readonly T[]) => number,
): number {
  const length = Math.ceil(records.length / STRETCHES);
  const end = Math.min(records.length, (stretch + 1) * length);
  let sum = 0;
  for (let from = stretch * length; from < end; from += CALL)
    sum += take(records.slice(from, Math.min(end, from + CALL)));
  return sum;
}

/** Counted, so that none of the work can be optimised away. */
function parseSome(records: readonly BenchRecord[]): number {
  let count = 0;
  for (const { bytes } of records) count += typeof JSON.parse(bytes.toString()) === 'object' ? 1 : 0;
  return count;
}

/**
 * The bytes of a record, and an event that waits for it: the rest of an event is a normaliser's work. All records of a
 * class share one, for a normaliser has made it a moment ago: one of long ago would have to be fetched from memory.
 */
interface OpenRecord {
  readonly bytes: Buffer;
  readonly event: Omit<Event, 'record'> & { record: JsonObject };
}

const nothing: JsonObject = {};
const openRecords = (records: readonly BenchRecord[]): readonly OpenRecord[] => {
  const byClass = new Map<string, OpenRecord['event']>();
  return records.map(({ bytes, event }) => {
    const shared = byClass.get(event.class) ?? { ...event, record: nothing };
    byClass.set(event.class, shared);
    return { bytes, event: shared };
  });
};

const parseSide = (name: string, records: readonly BenchRecord[]): Side => ({
  name,
  records: records.length,
  run: (stretch) => void throughCalls(records, stretch, parseSome),
});

/** From the bytes of each record to the verdict. */
function rulesSide(
  name: string,
  open: readonly OpenRecord[],
  rules: readonly LoadedDetection[],
): Side & { readonly detector: Detector; readonly matches: () => number } {
  const detector = createDetector(rules, eventClasses);
  const byStretch = Array.from({ length: STRETCHES }, () => 0);
  const take = (some: readonly OpenRecord[]): number => detectSome(some, detector);
  return {
    name,
    detector,
    records: open.length,
    run: (stretch) => {
      byStretch[stretch] = throughCalls(open, stretch, take);
    },
    matches: () => byStretch.reduce((sum, count) => sum + count, 0),
  };
}

function detectSome(records: readonly OpenRecord[], detector: Detector): number {
  let count = 0;
  for (const { bytes, event } of records) {
    event.record = JSON.parse(bytes.toString()) as JsonObject;
    count += detector.detect(event, bytes).length;
    event.record = nothing;
  }
  return count;
}

/** The verdict alone. */
const parsedSide = (
  name: string,
  records: readonly BenchRecord[],
  detector: Pick<Detector, 'detect'>,
): Side => ({
  name,
  records: records.length,
  run: (stretch) =>
    void throughCalls(records, stretch, (some) =>
      some.reduce((sum, { event }) => sum + detector.detect(event).length, 0),
    ),
});

/** @throws Error when the two do not say the same of each record. */
function sameMatches(fast: Detector, naive: Pick<Detector, 'detect'>, records: readonly BenchRecord[]): void {
  for (const { event } of records) {
    const [one, other] = [fast, naive].map((detector) =>
      detector
        .detect(event)
        .map(({ detection }) => detection.id)
        .join(' '),
    );
    if (one !== other) throw new Error(`the engine says ${one}, naive closures say ${other}`);
  }
}
