import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAffixes } from '../../../src/detect/engine/affixes.ts';
import { createBoundedCache } from '../../../src/detect/engine/bounded-cache.ts';
import { createManyTexts } from '../../../src/detect/engine/many-texts.ts';

const few = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é'), maxLength: 6 });
const wanted = fc.uniqueArray(few, { maxLength: 20 });

/** The places that were told, once each, in order. */
const told = (find: (tell: (place: number) => void) => void): readonly number[] => {
  const places = new Set<number>();
  find((place) => places.add(place));
  return [...places].toSorted((a, b) => a - b);
};
const placesWhere = (texts: readonly string[], isWanted: (text: string) => boolean): readonly number[] =>
  texts.flatMap((text, place) => (isWanted(text) ? place : []));

test('of many texts, those that stand in a text are found in one pass', () => {
  const texts = ['listkeys', 'keys', 'roleassignments/write', 'write', 'e', 'key'];
  const many = createManyTexts(texts);
  expect(told((tell) => many.find('accounts/listkeys/action', tell))).toEqual([0, 1, 4, 5]);
  expect(told((tell) => many.find('42', tell))).toEqual([]);
});

test('as many are found as by looking for each, however few or many they are, an empty one too', () => {
  fc.assert(
    fc.property(
      wanted,
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', 'x'), maxLength: 30 }),
      (texts, text) => {
        expect(told((tell) => createManyTexts(texts).find(text, tell))).toEqual(
          placesWhere(texts, (one) => text.includes(one)),
        );
        expect(told((tell) => createAffixes(texts, 'start').find(text, tell))).toEqual(
          placesWhere(texts, (one) => text.startsWith(one)),
        );
        expect(told((tell) => createAffixes(texts, 'end').find(text, tell))).toEqual(
          placesWhere(texts, (one) => text.endsWith(one)),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('texts that begin within one another are all found, of a few and of a thousand', () => {
  const more = Array.from({ length: 1000 }, (_, nth) => `never ${nth}`);
  for (const others of [more.slice(0, 5), more]) {
    const texts = ['aXa', 'Xa', 'aXaX', 'a+', '(', '"k":false', ...others];
    const many = createManyTexts(texts);
    expect(told((tell) => many.find('aXaXa', tell))).toEqual([0, 1, 2]);
    expect(told((tell) => many.find('((a+"k":false', tell))).toEqual([3, 4, 5]);
    expect(told((tell) => many.find('aa[k]', tell))).toEqual([]);
    expect(told((tell) => many.find('never 4', tell))).toEqual([texts.indexOf('never 4')]);
  }
});

test('in a long text as many are found as by looking for each, whatever letters and signs it has', () => {
  const sign = fc.constantFrom('a', 'A', '{', '[', 'é', 'ÿ', '\u0141', '"', '\\', '/', 'u');
  const long = fc.string({ unit: sign, minLength: 7, maxLength: 12 });
  let finds = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(long, { minLength: 6, maxLength: 12 }),
      fc.array(fc.nat(11)),
      (texts, parts) => {
        const text = ['.'.repeat(100), ...parts.map((part) => texts[part] ?? 'aaa')].join('');
        const places = placesWhere(texts, (one) => text.includes(one));
        finds += places.length;
        expect(told((tell) => createManyTexts(texts).find(text, tell))).toEqual(places);
      },
    ),
    { numRuns: 300 },
  );
  expect(finds).toBeGreaterThan(300);
});

test('a cache keeps what is asked for often, and never more than twice its size', () => {
  const cache = createBoundedCache<number>(10);
  for (let nth = 0; nth < 1000; nth++) {
    for (const key of ['often', 'often', `key ${nth}`]) if (cache.get(key) === undefined) cache.set(key, nth);
    expect(cache.size).toBeLessThanOrEqual(20);
  }
  expect(cache.get('often')).toBe(0);
});

test('a cache whose keys never come again empties itself and rests for a while', () => {
  const cache = createBoundedCache<number>(10);
  for (let nth = 0; nth < 10; nth++) cache.set(`id ${nth}`, nth);
  expect(cache.size).toBe(0);
  cache.set('ignored', 1);
  expect(cache.get('ignored')).toBeUndefined();
  for (let nth = 0; nth < 160; nth++) cache.set('later', nth);
  expect(cache.get('later')).toBe(159);
});
