import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../../src/detect/engine/engine.ts';
import { createMessageGate } from '../../../src/detect/engine/message-gate.ts';
import type { TextTest } from '../../../src/sigma/ast.ts';
import { foldText, parsePattern } from '../../../src/sigma/pattern.ts';
import { ruleOf } from '../../sigma/support.ts';

const textTest = (text: string): TextTest => ({ kind: 'text', pattern: parsePattern(text), isCased: false });
const mayPassBy = (texts: readonly string[], message: string): boolean | undefined => {
  const gate = createMessageGate(texts.map(textTest));
  return gate && gate.passable(new TextEncoder().encode(message))?.length !== 0;
};
const mayPass = (text: string, message: string): boolean | undefined =>
  mayPassBy([text, '*something else*'], message);

test('a message that holds no keyword needs no look at its records', () => {
  expect(mayPass('*roleAssignments/write*', '{"operationName":"Read"}')).toBe(false);
  expect(mayPass('*roleAssignments/write*', '{"operationName":"Microsoft/ROLEASSIGNMENTS/Write"}')).toBe(
    true,
  );
  expect(mayPass('*roleAssignments/write*', '{"a":"SOMETHING ELSE"}')).toBe(true);
});

describe('lets through what may spell a keyword otherwise', () => {
  test.each([
    ['an escape', 'role assignments', String.raw`{"a":"\u0072ole assignments"}`],
    [
      'an escape in JSON within a text',
      'role assignments',
      String.raw`{"a":"{\"b\":\"\\u0072ole assignments\"}"}`,
    ],
    ['an escaped slash', 'roles/assignments', String.raw`{"a":"roles\/assignments"}`],
    ['a character that folds to ASCII', 'role assignments', '{"a":"role\u00a0assignments"}'],
    ['the Kelvin sign', 'assigned by kelvin', '{"a":"assigned by \u212Aelvin"}'],
    ['a dotted capital I', 'assigned by i', '{"a":"assigned by \u0130"}'],
  ])('%s', (_, wanted, message) => {
    expect(mayPass(`*${wanted}*`, message)).toBe(true);
  });

  test('but other letters beyond ASCII, and other escapes, need not be let through', () => {
    expect(mayPass('*role assignments*', '{"a":"José, Größe, Москва, 東京"}')).toBe(false);
    expect(mayPass('*role assignments*', String.raw`{"a":"{\"b\":\"role\\nassignments\"}"}`)).toBe(false);
  });
});

/** Every character beyond ASCII that folds to a text with ASCII in it, and that text. */
function foldingSigns(): ReadonlyMap<string, string> {
  const signs = new Map<string, string>();
  for (let code = 0x80; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const sign = String.fromCodePoint(code);
    const folded = foldText(sign);
    if (/[ -~]/u.test(folded)) signs.set(sign, folded);
  }
  return signs;
}

test('in place of what they fold to, characters beyond ASCII let their message through, and they fold to few signs alone', () => {
  const signs = foldingSigns();
  const missed = Array.from(signs).filter(([sign, folded]) => {
    const [first = ''] = folded;
    const [keyword, message] =
      folded.length > 1 ? [`abcdefgh${first}`, `abcdefgh${sign}`] : [`abcd${first}efgh`, `abcd${sign}efgh`];
    return mayPass(`*${keyword}*`, `{"a":"${message}"}`) !== true;
  });
  expect(missed).toEqual([]);
  expect([...new Set(signs.values())].toSorted()).toEqual([' ', '-', 'i\u0307', 'k']);
});

test('a keyword that nothing beyond ASCII folds to needs no look at such characters', () => {
  const message = '{"a":"role\u00a0assignments/write \u212A\u0130"}';
  const passes = (text: string): boolean | undefined => mayPassBy([text], message);
  expect(passes('*roleAssignments/write*')).toBe(false);
  expect(passes('*role assignments*')).toBe(true);
});

test.each([
  ['too short to be rare', '*abcd*'],
  ['what a number may be written as', '*100000000000*'],
  ['what an infinite number is written as', '*Infinity*'],
  ['signs of JSON alone', '*{"[],":"}*'],
  ['any text', '*'],
  ['letters beyond ASCII', '*москва*'],
])('there is no gate for %s', (_, text) => {
  expect(mayPass(text, '')).toBeUndefined();
});

const words = [
  'roleAssignments/write',
  'ROLEASSIGNMENTS',
  'assignments\u00a0for',
  'kelvin',
  '\u212Aelvin',
  'a"b\\c',
  'é',
  'x',
  'abcde\u0130',
];
const keywords = [
  'roleAssignments/write',
  'abcdei',
  'assignments for',
  'kelvin',
  '"roleassignments"',
  'role*write',
];
const spellings: readonly ((record: object) => string)[] = [
  (record) => JSON.stringify(record),
  (record) => JSON.stringify({ records: [{ more: 'of it' }, record] }, null, 2),
  (record) => JSON.stringify({ body: JSON.stringify(record) }),
  (record) =>
    JSON.stringify(record).replaceAll(
      /(?<![\\a-z])r/giu,
      (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
    ),
  (record) => JSON.stringify(record).replaceAll('/', String.raw`\/`),
];

test('with the message at hand an engine says what it says without, however the message is spelled', () => {
  const phrase = fc.array(fc.constantFrom(...words), { maxLength: 3 }).map((some) => some.join(' '));
  let matches = 0;
  let misses = 0;
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...keywords), { minLength: 1, maxLength: 3 }),
      fc.array(fc.dictionary(fc.constantFrom('a', 'kelvin', 'b'), fc.oneof(phrase, fc.array(phrase)))),
      fc.constantFrom(...spellings),
      (wanted, records, spelling) => {
        const engine = createEngine([
          ruleOf(
            `\n    keywords:\n${wanted.map((of) => `        - '*${of}*'`).join('\n')}\n    condition: keywords`,
          ),
        ]);
        for (const record of records) {
          const found = engine(record);
          expect(engine(record, new TextEncoder().encode(spelling(record)))).toEqual(found);
          if (found.length > 0) matches++;
          else misses++;
        }
      },
    ),
    { numRuns: 200 },
  );
  expect(matches).toBeGreaterThan(50);
  expect(misses).toBeGreaterThan(50);
});
