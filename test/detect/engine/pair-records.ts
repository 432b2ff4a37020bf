import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { longTexts, longWanted } from './long-texts.ts';

/** What records hold and rules ask for. */
export const texts = [
  'Write',
  'write',
  'DELETE',
  'x1',
  '5',
  ' 5',
  '12.5',
  '',
  ' ',
  'null',
  'true',
  'True ',
  'Update \u2013 role ',
  'update - role',
  'update role write',
  'ΟΔΟΣ',
  'οδος write',
  'İx write',
  'a*b',
  'a\\b',
  '192.0.2.7',
  '192.0.2.77:443',
  '::ffff:192.0.2.9',
  '2001:db8::7',
  '2026-03-02T11:49:16Z',
  '2025-12-29',
  'V3JpdGU=',
  'eFdyaXRl',
  'run /enc write',
  'run \u2013enc x1',
  '[1,"x1"]',
  '{"kind":"write"}',
  'x\u0000w',
  ...longTexts,
] as const;

interface Weighted<T> {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<T>;
}
export const mixed = <T>(...options: readonly Weighted<T>[]): fc.Arbitrary<T> => fc.oneof(...options);

export const number = fc.constantFrom<number>(0, 5, 12.5, -1, 50_140);

const scalar = mixed<JsonValue>(
  { weight: 12, arbitrary: fc.constantFrom(...texts) },
  { weight: 2, arbitrary: fc.oneof(number, fc.constant(1e21)) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
);
const value: fc.Arbitrary<JsonValue> = mixed<JsonValue>(
  { weight: 8, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }) },
  { weight: 1, arbitrary: scalar.map((kind) => ({ kind })) },
);
const some = (model: Readonly<Record<string, fc.Arbitrary<JsonValue>>>): fc.Arbitrary<JsonObject> =>
  fc.record(model, { requiredKeys: [] });
const listOf = (of: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> =>
  fc.oneof(of, fc.array(of, { maxLength: 3 }), fc.array(fc.array(of, { maxLength: 2 }), { maxLength: 2 }));

const resource = some({
  displayName: value,
  DisplayName: value,
  modifiedProperties: listOf(some({ displayName: value, newValue: value, NewValue: value })),
});
const properties = mixed<JsonValue>(
  {
    weight: 8,
    arbitrary: some({
      message: value,
      category: value,
      statusCode: value,
      activityDisplayName: value,
      targetResources: listOf(resource),
      level: value,
      p: some({ kind: value }),
      'nowhere.known': value,
      nowhere: some({ known: value, KNOWN: value }),
    }),
  },
  { weight: 1, arbitrary: value },
);
const inner = some({
  kind: value,
  KIND: value,
  q: fc.oneof(value, listOf(some({ kind: value }))),
  'q.kind': value,
});

/** Of the fields that rules ask, in several spellings and nestings. */
export const record: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.boolean(),
    some({
      operationName: value,
      OperationName: value,
      category: value,
      CATEGORY: value,
      level: value,
      resourceId: value,
      properties,
      Properties: properties,
      p: fc.oneof(value, listOf(inner)),
      P: inner,
      'p.kind': value,
      nowhere: some({ known: value }),
      identity: some({ claims: some({ appid: value }) }),
      __proto: value,
    }),
  )
  .map(([isReversed, object]): JsonObject => {
    const entries = Object.entries(object);
    // Of two spellings of a name, the first in the record is read.
    return Object.fromEntries(isReversed ? entries.toReversed() : entries);
  });

const sentence = (most: number): fc.Arbitrary<string> =>
  fc
    .array(
      mixed<string>(
        { weight: 3, arbitrary: fc.constantFrom(...longTexts) },
        { weight: 2, arbitrary: fc.constantFrom(...longWanted, 'for all', 'é', '\u0130', 'x/y', '"', '\\') },
        { weight: 3, arbitrary: fc.nat({ max: 40 }).map((length) => 'r'.repeat(length)) },
      ),
      { maxLength: most },
    )
    .map((parts) => parts.join(' '));

/** Of sentences, with what keywords ask for anywhere in them, at their very end too. */
export const wordyRecord: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom('kind', 'level', 'Kelvin', 'p', 'accounts/listKeys/action'),
  sentence(4),
  { maxKeys: 3 },
);

/** Of texts that are scanned for what fields ask for. */
export const longRecord: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom('p', 'category'),
  sentence(20),
  { maxKeys: 2 },
);
