import fc from 'fast-check';
import type { Correlator, CorrelationHit } from '../../../src/detect/correlate/correlator.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { T0 } from '../../support/samples.ts';
import { correlationText, matchedOf, SECOND } from './support.ts';
import type { TestEvent } from './support.ts';

export const LATENESS_S = 10;
/** A stream that is silent for four messages of others is idle; never are all of them. */
export const IDLE_S = 3;

/** One message: which stream it came through, and what it held. */
export interface Message {
  readonly stream: string;
  readonly events: readonly TestEvent[];
}

export interface World {
  readonly texts: readonly string[];
  readonly events: readonly TestEvent[];
  /** The events in an order that is within the bound, some of them twice. */
  readonly messages: readonly Message[];
}

const bound = (values: readonly number[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('gte', 'gt', 'lt', 'lte', 'eq', 'neq'), fc.constantFrom(...values))
    .map(([comparison, value]) => `\n    ${comparison}: ${value}`);

const bounds = (values: readonly number[], lower: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(`\n    gte: ${lower}`) },
    { weight: 2, arbitrary: bound(values) },
  );

const condition = fc.oneof(
  bounds([2, 3, 4], 3).map((text) => ['event_count', text] as const),
  bounds([2, 3, 4], 2).map((text) => ['value_count', `\n    field: v${text}`] as const),
  bounds([2, 3, 4], 2).map((text) => ['value_count', `\n    field: [v, n]${text}`] as const),
  fc.constantFrom('temporal', 'temporal_ordered').map((type) => [type, ''] as const),
  fc.constantFrom('temporal', 'temporal_ordered').map((type) => [type, '\n    gte: 2'] as const),
  bounds([0.3, 7, 1e16], 5).map((text) => ['value_sum', `\n    field: n${text}`] as const),
  bounds([0.1, 2, 2.5], 2).map((text) => ['value_avg', `\n    field: n${text}`] as const),
  fc
    .tuple(bounds([0.1, 2, 7], 2), fc.constantFrom(0, 33, 50, 90, 100))
    .map(
      ([text, percentile]) =>
        ['value_percentile', `\n    field: n\n    percentile: ${percentile}${text}`] as const,
    ),
  bounds([25, 50, 100], 50).map((text) => ['value_percentile', `\n    field: v${text}`] as const),
);

const timespan = fc.constantFrom(1, 3, 5, 12, 20);
const groupBy = fc.constantFrom('[]', '[g]', '[g, h]');

/** A correlation over the base rules, and in half of the worlds one above it. */
const texts: fc.Arbitrary<readonly string[]> = fc
  .tuple(condition, timespan, groupBy, fc.boolean(), condition, timespan, fc.constantFrom('[]', '[g]', '[h]'))
  .filter(([[type], , , isChained]) => !isChained || type !== 'temporal')
  .map(([[type, stated], seconds, groups, isChained, [topType, topStated], topSeconds, topGroups]) => {
    const written = (rules: string, kind: string, by: string, span: number, text: string): string =>
      `type: ${kind}\nrules: ${rules}\ngroup-by: ${by}\ntimespan: ${span}s${text === '' ? '' : `\ncondition:${text}`}`;
    const below = correlationText(
      written('[rule_a, rule_b, rule_c]', type, groups, seconds, stated),
      'below',
    );
    if (!isChained) return [below];
    return [
      below,
      correlationText(written('[below, rule_c]', topType, topGroups, topSeconds, topStated), 'top'),
    ];
  });

const record: fc.Arbitrary<JsonObject> = fc.record(
  {
    g: fc.constantFrom<JsonObject['g']>('x', 'X', 'y', ['x', 'y'], '', null, 7, '7'),
    h: fc.constantFrom<JsonObject['h']>('p', 'q', ['p', 'q', 'P']),
    v: fc.constantFrom<JsonObject['v']>('red', 'Red', 'blue', 'green', ['red', 'blue'], { deep: 1 }, true),
    n: fc.constantFrom<JsonObject['n']>(1, 2, 7, '7', 0.1, 0.2, -3, 1e16, [1, 2], 'many', null),
  },
  { requiredKeys: ['g', 'v'] },
);

const events: fc.Arbitrary<readonly TestEvent[]> = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 40 }),
      rules: fc.constantFrom('a', 'b', 'c', 'ab', 'bc', 'abc', ''),
      record,
    }),
    { minLength: 1, maxLength: 32 },
  )
  .map((list) => list.map((event, index) => ({ id: `event-${String(index).padStart(2, '0')}`, ...event })));

/** Events as they may arrive: none later than the bound behind the newest, some again, in messages of several streams. */
export const arrivalsOf = (of: readonly TestEvent[]): fc.Arbitrary<readonly Message[]> =>
  fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: LATENESS_S }), { minLength: of.length, maxLength: of.length }),
      fc.array(fc.constantFrom('one', 'one', 'two', 'three'), { minLength: of.length, maxLength: of.length }),
      fc.array(fc.nat({ max: of.length - 1 }), { maxLength: 4 }),
      fc.array(fc.boolean(), { minLength: of.length + 4, maxLength: of.length + 4 }),
    )
    .map(([delays, streams, again, joins]) => {
      const all = [...of.keys(), ...again];
      const ordered = all
        .map((index, copy) => ({
          index,
          key: (of[index]?.at ?? 0) + (delays[(index + copy) % of.length] ?? 0),
        }))
        .toSorted((a, b) => a.key - b.key);
      const messages: { stream: string; events: TestEvent[] }[] = [];
      for (const [place, { index }] of ordered.entries()) {
        const event = of[index];
        const stream = streams[place % of.length] ?? 'one';
        if (event === undefined) continue;
        const last = messages.at(-1);
        if (joins[place] === true && last?.stream === stream) last.events.push(event);
        else messages.push({ stream, events: [event] });
      }
      return messages;
    });

export const worlds: fc.Arbitrary<World> = fc
  .tuple(texts, events)
  .chain(([written, list]) =>
    arrivalsOf(list).map((messages) => ({ texts: written, events: list, messages })),
  );

/** How the messages of a world reach a correlator, one a second. */
export function play(
  correlator: Correlator,
  messages: readonly Message[],
  from = 0,
): readonly CorrelationHit[] {
  return messages.flatMap(({ stream, events: held }, index) => {
    const receivedAt = T0 + (60 + from + index) * SECOND;
    const matched = held.map(matchedOf);
    const newest = Math.max(...matched.map(({ event }) => event.time));
    return [
      ...correlator.tick(receivedAt),
      ...correlator.take(
        { stream, receivedAt, newest },
        matched.filter(({ detections }) => detections.length > 0),
      ),
    ];
  });
}
