import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createMessageGate } from '../../../src/detect/engine/message-gate.ts';
import { createMessageScan } from '../../../src/detect/engine/message-scan.ts';
import type { MessageScan } from '../../../src/detect/engine/message-scan.ts';
import { LONGEST_MESSAGE, MOST_TABLES } from '../../../src/detect/engine/scan-code.ts';
import { SHORTEST_PIECE, scanTable, windowsOf } from '../../../src/detect/engine/scan-table.ts';
import { mayBeFolded } from '../../../src/detect/engine/plain-pieces.ts';
import { parsePattern } from '../../../src/sigma/pattern.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function scanFor(pieces: readonly string[]): MessageScan {
  const length = Math.min(32, ...pieces.map((piece) => piece.length));
  const table = scanTable(windowsOf(pieces, length), length, pieces.some(mayBeFolded));
  const scan = table && createMessageScan(table);
  if (scan === undefined) throw new Error('there is no scan: WebAssembly with vectors is needed here');
  return scan;
}
/** The pieces that are said to stand in a text, sorted; undefined: any may. */
const found = (pieces: readonly string[], text: string): readonly string[] | undefined => {
  const hits = scanFor(pieces)(bytesOf(text));
  return hits && Array.from(hits, (place) => pieces[place] ?? '').toSorted();
};

test('says which of some pieces stand in a message, in whatever letter case', () => {
  const pieces = ['roleassignments/write', 'listkeys/action', 'accounts/listkeys'];
  expect(found(pieces, '{"a":"Microsoft.Authorization/RoleAssignments/WRITE"}')).toEqual([
    'roleassignments/write',
  ]);
  expect(found(pieces, '{"a":"accounts/listKeys/action","b":"LISTKEYS/ACTION"}')).toEqual([
    'accounts/listkeys',
    'listkeys/action',
  ]);
  expect(found(pieces, '{"a":"Microsoft.Authorization/roleAssignments/read"}')).toEqual([]);
  expect(found(pieces, 'roleassignments/writ')).toEqual([]);
  expect(found(pieces, '')).toEqual([]);
});

const piece = fc.string({
  unit: fc.constantFrom(...Array.from('abc01/.x')),
  minLength: SHORTEST_PIECE,
  maxLength: 50,
});

test('finds the pieces that stand there and no others, wherever that is', () => {
  let there = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(piece, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 40 }), fc.boolean()), { maxLength: 6 }),
      (pieces, parts) => {
        const text = parts
          .map(([which, gap, isUpper]) => {
            const part = (pieces[which % pieces.length] ?? '').slice(which % 3 === 0 ? 1 : 0);
            return 'c'.repeat(gap) + (isUpper ? part.toUpperCase() : part);
          })
          .join('');
        const expected = pieces.filter((wanted) => text.toLowerCase().includes(wanted)).toSorted();
        there += expected.length;
        expect(found(pieces, text)).toEqual(expected);
      },
    ),
    { numRuns: 1000 },
  );
  expect(there).toBeGreaterThan(500);
});

const wanted = 'assigned by kelvin - today';

describe('at each place of a message, and across each boundary', () => {
  const places = Array.from({ length: 150 }, (_, at) => at);

  test('a piece is found, and found to be the last of it', () => {
    const scan = scanFor([wanted]);
    for (const at of places) {
      expect(Array.from(scan(bytesOf('.'.repeat(at) + wanted)) ?? [])).toEqual([0]);
      expect(Array.from(scan(bytesOf('.'.repeat(at) + wanted.slice(0, -1))) ?? [0])).toEqual([]);
    }
  });

  test.each([
    ['an escape of a letter', String.raw`\u0061`],
    ['an escape within JSON in a text', String.raw`\\u0061`],
    ['an escaped slash', String.raw`\/`],
    ['the Kelvin sign', '\u212A'],
    ['a dotted capital I', '\u0130'],
    ['a space that does not break', '\u00a0'],
    ['a wide space', '\u3000'],
    ['a dash', '\u2013'],
    ['a wide hyphen', '\uff0d'],
  ])('%s is seen', (_, sign) => {
    const scan = scanFor([wanted]);
    for (const at of places) expect(scan(bytesOf(`${'.'.repeat(at)}${sign}.`))).toBeUndefined();
  });

  test.each([
    ['other escapes', String.raw`\n\"\\`],
    ['other letters', 'éßж'],
  ])('%s are let be', (_, sign) => {
    const scan = scanFor([wanted]);
    for (const at of places) expect(scan(bytesOf(`${'.'.repeat(at)}${sign}.`))?.length).toBe(0);
  });
});

test('what a message before it held is forgotten', () => {
  const scan = scanFor([wanted]);
  expect(scan(bytesOf(`. ${wanted}`))?.length).toBe(1);
  expect(scan(bytesOf('.'))?.length).toBe(0);
  expect(scan(bytesOf(`${wanted} and ${wanted}`))?.length).toBe(1);
  expect(scan(bytesOf(`.${String.raw`\u`}`))).toBeUndefined();
  expect(scan(bytesOf('.'))?.length).toBe(0);
});

test('of a message that is too long nothing is said', () => {
  const scan = scanFor([wanted]);
  const message = bytesOf('.'.repeat(LONGEST_MESSAGE - wanted.length) + wanted);
  expect(scan(message)?.length).toBe(1);
  expect(scan(bytesOf('.'.repeat(LONGEST_MESSAGE + 1)))).toBeUndefined();
});

test('more tables than there is room for take turns', () => {
  const names = Array.from({ length: 2 * MOST_TABLES + 1 }, (_, nth) => `piece number ${nth}.`);
  const scans = names.map((name) => scanFor([name]));
  /** Of a table that is not at hand nothing is said for a while; how often it was asked until it is. */
  const asksUntilTold = (nth: number): number => {
    for (let asks = 1; ; asks++) {
      const hits = scans[nth]?.(bytesOf(`a ${names[nth]}`));
      if (hits === undefined) continue;
      expect(hits.length).toBe(1);
      expect(scans[nth]?.(bytesOf(`a ${names[(nth + 1) % names.length]}`))?.length).toBe(0);
      return asks;
    }
  };
  const all = [...names.keys()];
  expect(all.map(asksUntilTold)).toEqual(all.map(() => 1));
  const last = names.length - 1;
  expect([last, 0, last, 0].map(asksUntilTold)).toEqual([1, 1001, 1, 1]);
});

test('too many pieces have no table', () => {
  const many = Array.from({ length: 5000 }, (_, nth) =>
    `${nth} pieces of quite some length`.padStart(32, '0'),
  );
  expect(scanTable(windowsOf(many, 32), 32, false)).toBeUndefined();
});

/** Stands for a constructor. */
function refuse(): never {
  throw new Error('no vectors');
}

describe('where the process has no WebAssembly', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });
  test.each([
    ['it is missing', undefined],
    ['it refuses the code', { Module: refuse }],
  ])('the slower scan answers: %s', async (_, assembly) => {
    vi.stubGlobal('WebAssembly', assembly);
    vi.resetModules();
    const { createMessageScan: create } = await import('../../../src/detect/engine/message-scan.ts');
    expect(create(new Uint8Array(64))).toBeUndefined();
    const { createMessageGate: createGate } = await import('../../../src/detect/engine/message-gate.ts');
    const gate = createGate([{ kind: 'text', pattern: parsePattern(`*${wanted}*`), isCased: false }]);
    expect(gate?.passable(bytesOf(`{"a":"${wanted}"}`))).toBeUndefined();
    expect(gate?.passable(bytesOf('{"a":"tomorrow"}'))).toEqual([]);
  });
});

test('a gate says which of its tests may be passed', () => {
  const gate = createMessageGate(
    [`*${wanted}*`, 'kelvin', `x ${wanted.toUpperCase()}`, '*something else*'].map((text) => ({
      kind: 'text',
      pattern: parsePattern(text),
      isCased: false,
    })),
  );
  expect(gate?.passable(bytesOf(`{"a":"x ${wanted}"}`))).toBeUndefined();
  const long = createMessageGate(
    [`*${wanted}*`, `x ${wanted.toUpperCase()}`, '*something else*'].map((text) => ({
      kind: 'text',
      pattern: parsePattern(text),
      isCased: false,
    })),
  );
  expect(long?.passable(bytesOf(`{"a":"x ${wanted}"}`))?.toSorted()).toEqual([0, 1]);
  expect(long?.passable(bytesOf('{"a":"SOMETHING else"}'))).toEqual([2]);
  expect(long?.passable(bytesOf('{"a":"nothing"}'))).toEqual([]);
});
