import { parseArgs } from 'node:util';
import { createGroups } from '../../src/detect/correlate/groups.ts';
import type { Member } from '../../src/detect/correlate/member.ts';
import { planCorrelations } from '../../src/detect/correlate/plan.ts';
import { resolveCorrelations } from '../../src/sigma/correlation-resolve.ts';
import { parseCorrelationText } from '../../src/sigma/correlation.ts';
import { measure } from './measure.ts';
import type { Arm } from './measure.ts';
import { machine } from './summary.ts';

/**
 * How many events a second the windows of a correlation take in, and as a share of what it costs to count each
 * event's group and value in a plain Map: `node test/bench/correlate.ts [--rounds 3] [--events 200000]`. Ninety groups,
 * 1,800 distinct values a group and window; the window slides over all of it.
 */
const conditions: readonly (readonly [type: string, condition: string])[] = [
  ['event_count', 'gte: 1000000'],
  ['value_count', 'field: v\n        gte: 1000000'],
  ['temporal', ''],
  ['temporal_ordered', ''],
  ['value_sum', 'field: n\n        gte: 1e15'],
  ['value_avg', 'field: n\n        gte: 1e15'],
  ['value_percentile', 'field: n\n        percentile: 95\n        gte: 1e15'],
  ['value_percentile (share)', 'field: v\n        lt: 0.000001'],
];

const GROUPS = 90;
const DISTINCT = 1800;
const rules = ['ra', 'rb', 'rc'].map((name) => ({ file: `${name}.yml`, id: undefined, name, logSource: {} }));

function planFor(
  type: string,
  condition: string,
  timespanMs: number,
): ReturnType<typeof planCorrelations>['plans'][0] {
  const stated = condition === '' ? '' : `    condition:\n        ${condition}\n`;
  const text = `title: ${type}\ncorrelation:\n    type: ${type.split(' ', 1).join('')}\n    rules: [ra, rb, rc]\n    group-by: [g]\n    timespan: ${timespanMs / 1000}s\n${stated}`;
  const { correlation, problems } = parseCorrelationText(text, 'bench.yml');
  const [plan] =
    correlation === undefined ? [] : planCorrelations(resolveCorrelations([correlation], rules).items).plans;
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
}

interface Placed {
  readonly group: readonly string[];
  readonly member: Member;
}

/** One event a millisecond; a group's values come round after 1,800 of its events. */
const eventsOf = (count: number): readonly Placed[] =>
  Array.from({ length: count }, (_, i) => ({
    group: [`group-${i % GROUPS}`],
    member: {
      time: i,
      id: `event-${i}`,
      // Never the third rule, so that no sequence completes: what is measured is the keeping, not the finding.
      rules: [i % 2],
      values: [`value-${Math.floor(i / GROUPS) % DISTINCT}`],
      numbers: [(i * 7919) % 100_000],
      carried: [],
      events: [`event-${i}`],
    },
  }));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '3' }, events: { type: 'string', default: '200000' } },
  });
  const [rounds, count] = [Number(values.rounds), Number(values.events)];
  const events = eventsOf(count);
  let kept = 0;
  const windows = [
    ['window of 180 s', 180_000],
    ['window of 4 s', 4000],
  ] as const;
  const arms: Arm[] = [
    {
      name: 'plain Map',
      run: () => {
        const counts = new Map<string, number>();
        for (const { group, member } of events) {
          const key = `${group[0] ?? ''} ${member.values[0] ?? ''}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        kept += counts.size;
      },
    },
    ...conditions.flatMap(([type, condition]) =>
      windows.map(([name, timespanMs]) => ({
        name: `${type}, ${name}`,
        run: () => {
          const groups = createGroups(planFor(type, condition, timespanMs));
          for (const placed of events) kept += groups.take(placed.member.time, [placed]).length;
          kept += groups.held;
        },
      })),
    ),
  ];
  const took = await measure(arms, rounds, (round) =>
    process.stderr.write(round === 0 ? 'warmed up\n' : `round ${round}\n`),
  );
  const median = (name: string): number => {
    const sorted = (took.get(name) ?? []).map(({ wall }) => wall).toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? NaN;
  };
  const lines = arms.map(({ name }) => {
    const rate = (count / median(name)) * 1000;
    const ratio = (median('plain Map') / median(name)) * 100;
    return `  ${name.padEnd(44)}${Math.round(rate).toLocaleString('en').padStart(12)} updates/s ${ratio.toFixed(1).padStart(7)} % of a plain Map`;
  });
  process.stdout.write(`${[machine(), `${count} events, ${rounds} rounds, medians`, ...lines].join('\n')}\n`);
  if (kept === 0) throw new Error('nothing was measured');
}

await main();
