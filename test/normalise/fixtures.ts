import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../src/lib/json.ts';
import type { Normaliser } from '../../src/normalise/normaliser.ts';

const folder = new URL('../fixtures/normalise/', import.meta.url);

export interface Fixture {
  readonly name: string;
  readonly record: JsonObject;
}

/** The synthetic records that a normaliser is written for: the file is named for its type. */
export const fixturesOf = (normaliser: Pick<Normaliser, 'type'>): readonly Fixture[] =>
  Object.entries(
    JSON.parse(readFileSync(new URL(`${normaliser.type}.json`, folder), 'utf8')) as Record<
      string,
      JsonObject
    >,
  ).map(([name, record]) => ({ name, record }));

export const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
