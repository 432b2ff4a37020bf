import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepRows, listingJson, listJson } from '../../src/serve/kept-text.ts';

const aName = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('–', '"', '\\', '\u2028', '\ud800'));

test('a list is written as JSON.stringify writes it, whether the texts of its rows are kept or not', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(aName, fc.boolean(), fc.option(aName, { nil: undefined })), { maxLength: 12 }),
      fc.dictionary(aName, fc.option(fc.jsonValue(), { nil: undefined }), { maxKeys: 3 }),
      (rows, others) => {
        const rowOf = keepRows((of: { readonly name: string; readonly maybe: string | undefined }, word) => ({
          ...of,
          word,
        }));
        const list = rows.map(([name, isKept, maybe]) =>
          isKept ? rowOf({ name, maybe }, 'kept') : { name, maybe, word: 'not' },
        );
        expect(listJson(list).toString()).toBe(JSON.stringify(list));
        const named = Object.fromEntries(Object.entries(others).filter(([name]) => name !== 'items'));
        expect(JSON.parse(listingJson(named, list).toString())).toEqual(
          JSON.parse(JSON.stringify({ ...named, items: list })),
        );
      },
    ),
  );
});

test('a row is made once, and again when its word is another', () => {
  let made = 0;
  const rowOf = keepRows((of: { readonly id: number }, word) => ({ id: of.id, word, made: ++made }));
  const [a, b] = [{ id: 1 }, { id: 2 }];
  expect([rowOf(a, 'x').made, rowOf(b, 'x').made, rowOf(a, 'x').made]).toEqual([1, 2, 1]);
  expect([rowOf(a, 'y').made, rowOf(a, 'y').made, rowOf(a, 'x').made]).toEqual([3, 3, 4]);
  expect(listJson([rowOf(a, 'x'), rowOf(b, 'x')]).toString()).toBe(
    '[{"id":1,"word":"x","made":4},{"id":2,"word":"x","made":2}]',
  );
});

test('rows are not kept without end: the first are made anew', () => {
  let made = 0;
  const rowOf = keepRows((of: { readonly id: number }) => ({ id: of.id, made: ++made }));
  const all = Array.from({ length: 5001 }, (_, id) => ({ id }));
  for (const one of all) rowOf(one, '');
  expect(all.slice(1).every((one) => rowOf(one, '').made === one.id + 1)).toBe(true);
  expect(rowOf(all[0] ?? { id: 0 }, '').made).toBe(5002);
});
