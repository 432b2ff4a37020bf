import type { Capture } from '../domain/capture.ts';
import type { JsonObject } from '../lib/json.ts';
import { elementBytes, readEnvelope } from './envelope.ts';
import type { Envelope } from './envelope.ts';
import type { Normalised, Normaliser } from './normaliser.ts';

/** A record that was read. */
export interface NormalisedRecord extends Normalised {
  /** Its place among the elements of the message, failures counted too. */
  readonly index: number;
}

/** An element of a message that could not be read, for the dead letters. */
export interface NormaliseFailure {
  readonly index: number;
  /** A code of `normaliseReasons`. */
  readonly reason: NormaliseReason;
  readonly detail: string;
  readonly bytes: Uint8Array;
}

/** Why an element of a message became a dead letter, in words for the docs. */
export const normaliseReasons = {
  json_invalid: 'It is not valid JSON.',
  not_an_object: 'It is a JSON value, but not an object.',
  empty: 'The message holds nothing.',
  encoding_invalid: 'Its bytes are not UTF-8.',
  too_deep: 'It is nested too deep to be a log record.',
  shape_unknown: 'No normaliser knows its shape, and it does not follow the common schema of Azure Monitor.',
  normaliser_failed: 'The normaliser that knows its shape broke on it: a defect of ours.',
} as const;
export type NormaliseReason = keyof typeof normaliseReasons;

export interface NormalisedMessage {
  readonly items: readonly NormalisedRecord[];
  readonly failures: readonly NormaliseFailure[];
}

/**
 * Reads messages with the normalisers given; the first that accepts a record gets it. Pure, and never throws
 * whatever the bytes are: an element that cannot be read is a failure with its own bytes.
 */
export const createNormalise =
  (normalisers: readonly Normaliser[]) =>
  (capture: Pick<Capture, 'body' | 'receivedAt'>): NormalisedMessage => {
    const envelope = readEnvelope(capture.body);
    const items: NormalisedRecord[] = [];
    const failures: NormaliseFailure[] = [...envelope.failures];
    // Taken apart a second time only when a record is refused: parsing keeps no places.
    let elements: readonly Uint8Array[] | undefined;
    const fail = (index: number, reason: NormaliseReason, detail: string): void => {
      elements ??= elementBytes(capture.body);
      failures.push({ index, reason, detail, bytes: elements[index] ?? capture.body });
    };
    for (const [index, record] of numbered(envelope)) {
      const normaliser = normalisers.find((candidate) => candidate.accepts(record));
      if (normaliser === undefined) {
        fail(index, 'shape_unknown', `keys: ${keysOf(record)}`);
        continue;
      }
      try {
        const { fields, record: readable } = normaliser.normalise(record, capture);
        items.push({ index, fields, record: readable });
      } catch {
        fail(index, 'normaliser_failed', `the normaliser ${normaliser.type} could not read it`);
      }
    }
    return { items, failures: failures.toSorted((a, b) => a.index - b.index) };
  };

/** Records with their place among all elements: the places that failures did not take, in order. */
function* numbered({ records, failures }: Envelope): Iterable<readonly [number, JsonObject]> {
  const taken = new Set(failures.map((failure) => failure.index));
  let index = 0;
  for (const record of records) {
    while (taken.has(index)) index++;
    yield [index, record];
    index++;
  }
}

/** Names of keys are no secrets, and say at once what kind of record it is. */
const keysOf = (record: JsonObject): string => {
  const keys = Object.keys(record).slice(0, 12);
  return keys.length === 0 ? 'none' : keys.map((key) => key.slice(0, 40)).join(', ');
};
