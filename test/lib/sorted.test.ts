import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insertSorted, placeIn } from '../../src/lib/sorted.ts';

const byKey = (a: { readonly key: number }, b: { readonly key: number }): number => a.key - b.key;
const keys = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 });

test('what is put in comes behind its equals, wherever it belongs', () => {
  const list = [
    { key: 1, of: 'a' },
    { key: 3, of: 'a' },
  ];
  insertSorted(
    list,
    [
      { key: 3, of: 'b' },
      { key: 0, of: 'b' },
    ],
    byKey,
  );
  expect(list.map(({ key, of }) => `${key}${of}`)).toEqual(['0b', '1a', '3a', '3b']);
});

test('a list that grew is all of it, sorted, equals in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 5 }), (batches) => {
      const list: { readonly key: number; readonly place: number }[] = [];
      const came: typeof list = [];
      for (const batch of batches) {
        const more = batch.map((key, i) => ({ key, place: came.length + i }));
        came.push(...more);
        insertSorted(list, more, byKey);
        expect(list).toEqual(came.toSorted(byKey));
      }
    }),
  );
});

test('a place is where the first item stands that is not before it', () => {
  fc.assert(
    fc.property(keys, fc.integer({ min: -1, max: 10 }), (unordered, bound) => {
      const ordered = unordered.toSorted((a, b) => a - b);
      const first = ordered.findIndex((key) => key >= bound);
      expect(placeIn(ordered, (key) => key < bound)).toBe(first < 0 ? ordered.length : first);
    }),
  );
});
