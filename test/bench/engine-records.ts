import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { demoDay } from '../../src/collect/demo/day.ts';
import { demoSettings } from '../../src/collect/demo/settings.ts';
import type { LoadedDetection } from '../../src/detect/load.ts';
import type { Event } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { eventClasses, normalisers } from '../../src/normalise/registry.ts';
import { answers } from '../../src/detect/detector.ts';
import { anEvent } from '../support/samples.ts';

/** A record as the engine gets it, the bytes that it is parsed from, and the event around it. */
export interface BenchRecord {
  readonly bytes: Buffer;
  readonly event: Event;
}

/** The log sources that most rules speak of make up most of the mix. */
const MIX = {
  azure_activity: 3000,
  entra_signin: 3000,
  entra_audit: 1500,
  azure_openai: 1500,
  key_vault: 1500,
  storage: 1500,
} as const;
/** One record in so many is one that an own detection matches. */
const PLANTED = 50;

/**
 * Records of the demo's day, each with ids, times, people and addresses of its own, so that what an engine remembers of
 * them is of little use to it, and
 * filled up to `size` bytes with more of what such records carry; among them records that own detections match.
 */
export function benchRecords(
  productFolder: string,
  own: readonly LoadedDetection[],
  size: number,
): readonly BenchRecord[] {
  const byClass = demoRecords();
  const planted = plantedRecords(productFolder, own);
  const records = Object.entries(MIX).flatMap(([id, count]) => {
    const found = byClass.get(id) ?? [];
    return Array.from({ length: count }, (_, nth) => ({
      class: id,
      record: found[nth % found.length] ?? {},
      nth,
    }));
  });
  return spreadOut(records).map(({ class: id, record, nth }, place) => {
    const plant = place % PLANTED === 0 ? planted[(place / PLANTED) % planted.length] : undefined;
    const chosen = plant ?? { class: id, record };
    const whole = filled(withOwnIds(chosen.record, nth), size);
    return {
      bytes: Buffer.from(JSON.stringify(whole)),
      event: anEvent({ class: chosen.class, record: whole }),
    };
  });
}

function demoRecords(): ReadonlyMap<string, readonly JsonObject[]> {
  const normalise = createNormalise(normalisers);
  const byClass = new Map<string, JsonObject[]>();
  for (const capture of [...demoDay(demoSettings.parse({ type: 'demo', records: 42_000 }), 'bench')].flat()) {
    const { items } = normalise(capture);
    for (const { fields, record } of items) {
      const records = byClass.get(fields.class) ?? [];
      byClass.set(fields.class, records);
      records.push(record);
    }
  }
  return byClass;
}

/** What the tests of our own detections say must match. */
function plantedRecords(
  productFolder: string,
  own: readonly LoadedDetection[],
): readonly { readonly class: string; readonly record: JsonObject }[] {
  const sourceOf = new Map(own.map(({ detection }) => [detection.file, detection.logSource]));
  const folder = join(productFolder, 'test/detections');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yml'))
    .toSorted()
    .flatMap((file) => {
      const wanted = sourceOf.get(file);
      const answering = eventClasses.find(
        ({ logSources }) => wanted !== undefined && logSources.some((answered) => answers(answered, wanted)),
      );
      if (answering === undefined) return [];
      const { match } = parse(readFileSync(join(folder, file), 'utf8')) as {
        readonly match: readonly { readonly record?: JsonObject }[];
      };
      // What tests a correlation has a list of events instead.
      return match.flatMap(({ record }) => (record === undefined ? [] : { class: answering.id, record }));
    });
}

/** Every class is met all the time, and hardly ever twice in a row. */
const spreadOut = <T extends { readonly nth: number }>(records: readonly T[]): readonly T[] =>
  records
    .map((record, place) => ({ record, at: (record.nth * 7919 + place * 104_729) % 1_000_003 }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ record }) => record);

/** The demo's day has 67,799 records in 5,066 messages. */
const MESSAGE = 13;

/** The same records as they come in a stream: a service buffers its own, and a message holds those of one buffer. */
export function inMessages(records: readonly BenchRecord[]): readonly BenchRecord[] {
  const sent: BenchRecord[] = [];
  const buffers = new Map<string, BenchRecord[]>();
  for (const record of records) {
    const buffer = buffers.get(record.event.class) ?? [];
    buffers.set(record.event.class, buffer);
    if (buffer.push(record) === MESSAGE) sent.push(...buffer.splice(0));
  }
  return [...sent, ...[...buffers.values()].flat()];
}

const withOwnIds = (record: JsonObject, nth: number): JsonObject =>
  JSON.parse(
    JSON.stringify(record)
      .replaceAll(/(?<=-4000-8000-)[\da-f]{6}/gu, nth.toString(16).padStart(6, '0'))
      .replaceAll(/(?<=T\d\d:\d\d:\d\d\.)\d+/gu, String(1_000_000 + nth))
      // More people and addresses than the demo's few dozens; accounts that end in a number are named by rules.
      .replaceAll(/(?<=[a-z])(?=@northwind-health)/gu, String(nth % 1000))
      .replaceAll(/(?<="(?:192\.0\.2|198\.51\.100|203\.0\.113)\.)\d+(?=")/gu, String(1 + (nth % 254))),
  ) as JsonObject;

/** More of what fills large records: conditional access policies, changed properties, claims. */
function filled(record: JsonObject, size: number): JsonObject {
  const policies: JsonObject[] = [];
  const whole = { ...record, 'appliedPolicies.evaluated': policies };
  for (let length = JSON.stringify(whole).length; length < size;) {
    const nth = policies.length;
    const policy = {
      id: `00000000-0000-4000-9000-${String(nth).padStart(12, '0')}`,
      displayName: `CA${String(nth).padStart(3, '0')} Require multifactor authentication for group ${nth}`,
      enforcedGrantControls: ['Mfa'],
      enforcedSessionControls: [],
      result: 'notApplied',
      conditionsSatisfied: 3,
      conditionsNotSatisfied: 16,
    };
    policies.push(policy);
    length += JSON.stringify(policy).length + 1;
  }
  return whole;
}
