import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Correlation } from '../../../src/sigma/correlation-ast.ts';
import { tables } from '../../../src/sigma/kql/tables.ts';
import type { TableName } from '../../../src/sigma/kql/tables.ts';
import { runKql } from '../../support/kql-evaluator.ts';
import type { Row } from '../../support/kql-rows.ts';
import { compileLast, correlationText, resolved, ruleNamed } from './correlation-support.ts';

/**
 * What a correlation finds, worked out by going through every moment of every group: the specification's words and
 * README's, nothing clever. Rows of one table, found by up to three rules on `ResultType`.
 */
interface Happening {
  readonly minute: number;
  /** Which of the rules match it. */
  readonly kinds: readonly ('aaa' | 'bbb' | 'ccc')[];
  readonly user: string;
  readonly ip: string;
  readonly size: number;
}

const midnight = Date.UTC(2026, 2, 2);
const minutes = (count: number): number => midnight + count * 60_000;
const window = 10;

const rules = ['aaa', 'bbb', 'ccc'].map((name) =>
  ruleNamed(
    name,
    'signinlogs',
    `{s: {category: SignInLogs, resultDescription|contains: kind-${name}}, condition: s}`,
  ),
);

const rowOf = ({ minute, kinds, user, ip, size }: Happening, index: number): Row => ({
  ...Object.fromEntries(
    Object.entries(tables.SigninLogs.columns).map(([name, type]) => [name, type === 'string' ? '' : null]),
  ),
  TimeGenerated: minutes(minute),
  Id: String(index),
  ResultDescription: kinds.map((kind) => `kind-${kind}`).join(' '),
  UserPrincipalName: user,
  IPAddress: ip,
  DurationMs: size,
});

interface Found {
  readonly at: number;
  readonly user: string;
  readonly measure: number;
}

const round = (value: number): number => Number(value.toFixed(6));

function byQuery(items: ReturnType<typeof resolved>, happenings: readonly Happening[]): readonly Found[] {
  const result = compileLast(items);
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  const rows = happenings.map(rowOf);
  const read = (table: string): readonly Row[] => ((table as TableName) === 'SigninLogs' ? rows : []);
  return ordered(
    runKql(result.query, read).map((row) => ({
      at: Number(row['TimeGenerated']),
      user: JSON.stringify(row['Group1']),
      measure: round(Number(row['Measure'])),
    })),
  );
}

const ordered = (found: readonly Found[]): readonly Found[] =>
  found.toSorted((x, y) => x.at - y.at || (x.user < y.user ? -1 : 1));

function byHand(correlation: Correlation, happenings: readonly Happening[]): readonly Found[] {
  const { bounds, measure } = correlation.condition;
  const wanted = correlation.rules.map(({ text }) => text as 'aaa' | 'bbb' | 'ccc');
  const members = happenings
    .filter(
      ({ kinds, user, ip }) =>
        kinds.some((kind) => wanted.includes(kind)) &&
        user !== '' &&
        (measure.kind !== 'distinct' || ip !== ''),
    )
    .map((each) => ({ ...each, user: each.user.toLowerCase() }));
  const found: Found[] = [];
  for (const user of new Set(members.map((each) => each.user))) {
    const seen = new Set<number>();
    const own = members.filter((each) => each.user === user);
    for (const at of [...new Set(own.map(({ minute }) => minute))].toSorted((x, y) => x - y)) {
      const inside = own.filter(({ minute }) => minute >= at - window && minute <= at);
      const values = measuresOf(correlation, inside, at, wanted).filter((value) =>
        bounds.every((bound) => passes(bound.comparison, value, bound.value)),
      );
      const slot = Math.floor(at / window);
      if (values.length === 0 || seen.has(slot)) continue;
      seen.add(slot);
      found.push({ at: minutes(at), user: JSON.stringify(user), measure: round(Math.min(...values)) });
    }
  }
  return ordered(found);
}

const passes = (comparison: string, value: number, bound: number): boolean =>
  ({
    gt: value > bound,
    gte: value >= bound,
    lt: value < bound,
    lte: value <= bound,
    eq: value === bound,
    neq: value !== bound,
  })[comparison] ?? false;

function measuresOf(
  { condition: { measure } }: Correlation,
  inside: readonly Happening[],
  at: number,
  wanted: readonly string[],
): readonly number[] {
  const sizes = inside.map(({ size }) => size).toSorted((x, y) => x - y);
  const sum = sizes.reduce((total, size) => total + size, 0);
  switch (measure.kind) {
    case 'events':
      return [inside.length];
    case 'distinct':
      return [new Set(inside.map(({ ip }) => ip.toLowerCase())).size];
    case 'sum':
      return [sum];
    case 'average':
      return [sum / sizes.length];
    case 'percentile':
      return [sizes[Math.max(0, Math.ceil((measure.percentile * sizes.length) / 100) - 1)] ?? 0];
    case 'share':
      return inside
        .filter(({ minute }) => minute === at)
        .map(
          ({ ip }) =>
            (100 * inside.filter((each) => each.ip.toLowerCase() === ip.toLowerCase()).length) /
            inside.length,
        );
    case 'rules':
      return measure.isOrdered
        ? [longestRun(inside, wanted)]
        : [
            wanted.filter((rule) => inside.some(({ kinds }) => (kinds as readonly string[]).includes(rule)))
              .length,
          ];
  }
}

/** How many of the rules, in their order, have an event each, none before the last one's and none the same. */
function longestRun(inside: readonly Happening[], wanted: readonly string[]): number {
  const run = (from: number, minute: number, used: ReadonlySet<Happening>): number =>
    Math.max(
      0,
      ...wanted
        .slice(from)
        .flatMap((rule, offset) =>
          inside
            .filter(
              (each) =>
                each.minute >= minute && !used.has(each) && (each.kinds as readonly string[]).includes(rule),
            )
            .map((each) => 1 + run(from + offset + 1, each.minute, new Set([...used, each]))),
        ),
    );
  return run(0, -Infinity, new Set());
}

const happening: fc.Arbitrary<Happening> = fc.record({
  minute: fc.integer({ min: 0, max: 40 }),
  kinds: fc.subarray(['aaa', 'bbb', 'ccc'] as const, { minLength: 1, maxLength: 2 }),
  user: fc.constantFrom('ann', 'Ann', 'ben', ''),
  ip: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::A', '2001:db8::a'),
  size: fc.integer({ min: -3, max: 9 }),
});
/** Events of one instant have no order of their own, and an ordered run may use them in any: one a minute tells. */
const streams = fc.array(happening, { maxLength: 24 });
const apart = fc.uniqueArray(happening, { maxLength: 16, selector: ({ minute }) => minute });

const conditions = fc.oneof(
  fc.record({ gte: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ gt: fc.integer({ min: 0, max: 3 }), lte: fc.constant(5) }),
  fc.record({ eq: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ neq: fc.integer({ min: 1, max: 3 }) }),
);
const body = (type: string, names: readonly string[], condition: object): string =>
  correlationText(
    `type: ${type}\nrules: [${names.join(', ')}]\ngroup-by: [properties.userPrincipalName]\ntimespan: ${window}m\ncondition: ${JSON.stringify(condition)}`,
  );

const agrees = (text: string, happenings: readonly Happening[]): void => {
  const items = resolved([text], rules);
  const [item] = items;
  if (item === undefined) throw new Error('no correlation');
  expect(byQuery(items, happenings)).toEqual(byHand(item.correlation, happenings));
};

describe('the query finds what going through every window by hand finds', () => {
  const numRuns = 80;
  test.each([
    ['event_count', ['aaa'], {}],
    ['event_count', ['aaa', 'bbb', 'ccc'], {}],
    ['value_count', ['aaa', 'bbb'], { field: 'callerIpAddress' }],
    ['value_sum', ['aaa', 'bbb'], { field: 'durationMs' }],
    ['value_avg', ['aaa'], { field: 'durationMs' }],
    ['value_percentile', ['aaa', 'ccc'], { field: 'durationMs', percentile: 90 }],
  ])('%s of %j', (type, names, more) => {
    fc.assert(
      fc.property(streams, conditions, (happenings, condition) => {
        agrees(body(type, names, { ...more, ...condition }), happenings);
      }),
      { numRuns },
    );
  });

  test('value_percentile as a share', () => {
    fc.assert(
      fc.property(streams, fc.integer({ min: 5, max: 100 }), (happenings, lte) => {
        agrees(body('value_percentile', ['aaa', 'bbb'], { field: 'callerIpAddress', lte }), happenings);
      }),
      { numRuns },
    );
  });

  test.each(['temporal', 'temporal_ordered'])('%s', (type) => {
    fc.assert(
      fc.property(
        apart,
        fc.constantFrom({ gte: 3 }, { gte: 2 }, { eq: 2 }, { gt: 1, lt: 3 }),
        (happenings, condition) => {
          agrees(body(type, ['aaa', 'bbb', 'ccc'], condition), happenings);
        },
      ),
      { numRuns },
    );
  });

  test('both ends of a window belong to it, and one millisecond more does not', () => {
    const at = (minute: number): Happening => ({
      minute,
      kinds: ['aaa'],
      user: 'ann',
      ip: '192.0.2.1',
      size: 1,
    });
    const items = resolved([body('event_count', ['aaa'], { gte: 2 })], rules);
    expect(byQuery(items, [at(1), at(11)])).toHaveLength(1);
    expect(byQuery(items, [at(1), at(11 + 1 / 60_000)])).toHaveLength(0);
  });

  test('a correlation above takes the findings of the one below as its events', () => {
    const below = body('event_count', ['aaa'], { gte: 2 }).replace(
      'title: C c\nname: c',
      'title: B\nname: below',
    );
    const above = body('event_count', ['below'], { gte: 2 });
    const items = resolved([below, above], rules);
    const at = (minute: number): Happening => ({
      minute,
      kinds: ['aaa'],
      user: 'ann',
      ip: '192.0.2.1',
      size: 1,
    });
    expect(byQuery(items, [at(1), at(2), at(3)])).toEqual([]);
    expect(byQuery(items, [at(1), at(2), at(11)])).toEqual([
      { at: minutes(11), user: JSON.stringify('ann'), measure: 2 },
    ]);
  });
});
