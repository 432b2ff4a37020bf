import { resolve } from 'node:path';
import { createDetector } from '../../src/detect/detector.ts';
import type { LoadedDetection } from '../../src/detect/load.ts';
import type { Detector } from '../../src/domain/detection.ts';
import type { Event } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { eventClasses } from '../../src/normalise/registry.ts';
import { benchRecords } from './engine-records.ts';
import type { BenchRecord } from './engine-records.ts';
import { realRules, rulesOf } from './engine-rules.ts';
import { measure, spread } from './measure.ts';
import type { Arm, Spread } from './measure.ts';
import { naiveDetector } from './naive.ts';
import { machine } from './summary.ts';

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
 * the machine stretches the clock.
 */
export async function measureEngine(
  rounds: number,
  onRound: (round: number) => void,
): Promise<EngineSummary> {
  const real = realRules(productFolder);
  const [few, many] = [rulesOf(real, FEW), rulesOf(real, MANY)];
  const records = benchRecords(productFolder, real, SIZE);
  const open = openRecords(records);
  const some = records.filter((_, place) => place % Math.floor(records.length / NAIVE_RECORDS) === 0);
  const [byFew, byMany] = [detectorOf(few), detectorOf(many)];
  const naive = naiveDetector(many, eventClasses);
  sameMatches(byMany, naive, some);

  const matches = { few: 0, many: 0 };
  const arms: readonly Arm[] = [
    { name: 'parse', run: () => parseAll(records) },
    { name: 'few', run: () => (matches.few = detectAll(open, byFew)) },
    { name: 'many', run: () => (matches.many = detectAll(open, byMany)) },
    { name: 'naive', run: () => matchAll(some, naive) },
    { name: 'fast', run: () => matchAll(records, byMany) },
  ].map(({ name, run }) => ({ name, run: () => void run() }));
  const took = await measure(arms, rounds, onRound);
  const clock = (arm: string): readonly number[] => (took.get(arm) ?? []).map(({ cpu }) => cpu);
  const ratio = (above: string, below: string, factor = 1): Spread => {
    const times = clock(below);
    return spread(clock(above).map((time, round) => (factor * time) / (times[round] ?? Number.NaN)));
  };
  const perSecond = (arm: string, count: number): number => (count / spread(clock(arm)).median) * 1000;
  return {
    records: records.length,
    bytes: records.reduce((sum, { bytes }) => sum + bytes.length, 0),
    rules: { real: real.length },
    matches,
    ratios: {
      [`${FEW} rules / bare JSON.parse`]: ratio('parse', 'few'),
      [`${MANY} rules / ${FEW} rules`]: ratio('few', 'many'),
      [`${MANY} rules / bare JSON.parse`]: ratio('parse', 'many'),
      [`engine / naive closures, ${MANY} rules`]: ratio('naive', 'fast', records.length / some.length),
    },
    perSecond: {
      parse: perSecond('parse', records.length),
      [`${FEW} rules`]: perSecond('few', records.length),
      [`${MANY} rules`]: perSecond('many', records.length),
      [`${MANY} rules, parsed before`]: perSecond('fast', records.length),
      [`naive closures, ${MANY} rules, parsed before`]: perSecond('naive', some.length),
    },
  };
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

const detectorOf = (rules: readonly LoadedDetection[]): Detector => createDetector(rules, eventClasses);

/** Counted, so that none of the work can be optimised away. */
let kept = 0;

function parseAll(records: readonly BenchRecord[]): number {
  for (const { bytes } of records) kept += typeof JSON.parse(bytes.toString()) === 'object' ? 1 : 0;
  return kept;
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

/** From the bytes of a record to the verdict. */
function detectAll(records: readonly OpenRecord[], detector: Detector): number {
  let count = 0;
  for (const { bytes, event } of records) {
    event.record = JSON.parse(bytes.toString()) as JsonObject;
    count += detector.detect(event, bytes).length;
    event.record = nothing;
  }
  return count;
}

function matchAll(records: readonly BenchRecord[], detector: Pick<Detector, 'detect'>): number {
  let count = 0;
  for (const { event } of records) count += detector.detect(event).length;
  return count;
}

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
