import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupFindings } from '../../../src/publish/report/grouping.ts';
import { aFinding, resourceOf } from '../../support/samples.ts';
import { aReport } from './fixture.ts';

const { findings, incidents } = aReport();

test('findings stand under their incident, open and worst first, newest first within', () => {
  const groups = groupFindings(findings, incidents);
  expect(groups.map(({ incident, level }) => [incident?.state, level])).toEqual([
    ['open', 'critical'],
    ['open', 'high'],
    ['open', 'high'],
    ['open', 'high'],
    ['open', 'medium'],
    ['resolved', 'high'],
    ['resolved', 'high'],
    ['resolved', 'medium'],
  ]);
  for (const { shown } of groups)
    expect(shown.map(({ time }) => time)).toEqual(shown.map(({ time }) => time).toSorted((a, b) => b - a));
});

test('findings without an incident are shown all the same, and an incident without findings keeps its place', () => {
  const lone = aFinding({
    id: 'fnd-lone',
    resourceId: resourceOf('aoai-lone'),
    level: 'low',
    title: 'Alone',
  });
  const groups = groupFindings([lone], incidents.slice(0, 1));
  expect(groups.map(({ title, total }) => [title, total])).toEqual([
    [incidents[0]?.title, 0],
    ['Alone', 1],
  ]);
});

test('one flood cannot hide the other causes', () => {
  const flood = Array.from({ length: 1000 }, (_, i) => aFinding({ id: `fnd-${i}`, time: i }));
  const rare = aFinding({ id: 'fnd-rare', resourceId: resourceOf('aoai-rare'), time: -1 });
  const groups = groupFindings([...flood, rare], [], 50);
  const rows = new Map(groups.map(({ shown, total }) => [total, shown.length]));
  expect(rows).toEqual(
    new Map([
      [1000, 49],
      [1, 1],
    ]),
  );
});

test('every finding is in one group, and rows never pass the limit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 60 }),
      fc.integer({ min: 0, max: 40 }),
      (accounts, limit) => {
        const all = accounts.map((account, i) =>
          aFinding({ id: `fnd-${i}`, resourceId: resourceOf(account) }),
        );
        const groups = groupFindings(all, [], limit);
        expect(groups.reduce((sum, { total }) => sum + total, 0)).toBe(all.length);
        expect(groups.reduce((sum, { shown }) => sum + shown.length, 0)).toBe(Math.min(limit, all.length));
      },
    ),
  );
});
