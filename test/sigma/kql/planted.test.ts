import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { agrees, compared, elementCases, denseWorld, memberCases } from './worlds.ts';

type Bug = (query: string) => string;

/** Mistakes that compilers to KQL make; each is put into every query that has the place for it. */
const bugs: Readonly<Record<string, Bug>> = {
  'letter case counts where it should not': (query) => query.replaceAll('=~', '=='),
  '`not` over null keeps no row': (query) =>
    query.replaceAll(/coalesce\((?<comparison>.+?), false\)/g, '$<comparison>'),
  'a column that is not there': (query) => query.replaceAll(/\b(?:Properties_d|TargetResources)\b/g, 'Gone'),
  '`has` for `contains`: whole terms alone': (query) => query.replaceAll(' contains ', ' has '),
  'a number is compared as a text': (query) =>
    query.replaceAll(
      /todouble\((?<text>tostring\([\w.]+\))\) (?<sign>[<>]=?) (?<number>\(?-?\d+\)?)/g,
      (...found) => {
        const { text = '', sign = '', number = '' } = found.at(-1) as Record<string, string>;
        return `strcmp(${text}, "${number.replaceAll(/[()]/g, '')}") ${sign} 0`;
      },
    ),
  'a text is compared as a number': (query) =>
    query.replaceAll(/tostring\((?<path>[\w.]+)\) (?:=~|==) "(?<number>\d+)"/g, '$<path> == $<number>'),
  'space around a name counts': (query) =>
    query.replaceAll(/trim\("[^"]*", (?<text>[^()]*\([^()]*\))\)/g, '$<text>'),
  'an empty array drops its record': (query) =>
    query.replaceAll(/iff\(gettype\((?<array>\w+)\) [^,]*, \w+, pack_array\(\w+\)\)/g, '$<array>'),
  'all elements are asked for': (query) =>
    query
      .replaceAll(/\bAnyElement\d+\b(?! =)/g, 'not($&)')
      .replaceAll(/countif\((?<test>.*?)\) > 0(?=, AnyElement|\n)/g, 'countif(not($<test>)) > 0'),
};

const cases = fc
  .sample(fc.oneof(memberCases(denseWorld), elementCases(denseWorld)), { numRuns: 2000, seed: 20_260_302 })
  .flatMap(([text, record]) => compared(text, record) ?? []);

/** Whether the comparison of any case fails once the bug is in its query. */
const isNoticed = (bug: Bug): boolean =>
  cases.some((each) => {
    const query = bug(each.query.query);
    return query !== each.query.query && !agrees({ ...each, query: { ...each.query, query } });
  });

describe('a bug in the queries fails the comparison with the engine', () => {
  test('without one, all agree', () => {
    expect(cases.length).toBeGreaterThan(800);
    expect(cases.slice(0, 200).every(agrees)).toBe(true);
  });

  test.each(Object.entries(bugs))('%s', (_, bug) => {
    expect(isNoticed(bug)).toBe(true);
  });
});
