import { describe, expect, test } from 'vitest';
import { correlationFinding } from '../../../src/detect/correlate/finding.ts';
import { T0 } from '../../support/samples.ts';
import { correlationText, correlatorOf, eventAt, hitsOf, matchedOf, plansOf, SECOND } from './support.ts';
import type { TestEvent } from './support.ts';

const count = (gte: number, more = ''): ReturnType<typeof plansOf> =>
  plansOf(
    correlationText(
      `type: event_count\nrules: [rule_a]\ngroup-by: [user]\ntimespan: 1m\ncondition:\n    gte: ${gte}${more}`,
    ),
  );
const by = (at: number, user: TestEvent['record'][string], id?: string): TestEvent =>
  eventAt(at, 'a', user === undefined ? {} : { user }, id);

test('three events of one user within a minute make one finding, of another user none', () => {
  const hits = hitsOf(correlatorOf(count(3)), [
    by(0, 'ada'),
    by(10, 'ben'),
    by(20, 'Ada'),
    by(50, 'ada'),
    by(55, 'ada'),
  ]);
  expect(hits.map(({ moment: { group, value, events } }) => ({ group, value, events }))).toEqual([
    { group: ['ada'], value: 3, events: ['e0', 'e20', 'e50'] },
  ]);
});

test('a duplicate never inflates a count, and is told', () => {
  const correlator = correlatorOf(count(3));
  expect(hitsOf(correlator, [by(0, 'ada'), by(1, 'ada'), by(1, 'ada', 'e0'), by(2, 'ada', 'e1')])).toEqual(
    [],
  );
  expect(correlator.losses.get('repeated')).toBe(2);
});

test('an event without a value to group by is in no group, and is told', () => {
  const correlator = correlatorOf(count(2));
  expect(
    hitsOf(correlator, [by(0, null), by(1, ''), by(2, undefined), by(3, { a: 1 }), by(4, null)]),
  ).toEqual([]);
  expect(correlator.losses.get('group_missing')).toBe(5);
});

test('an event whose arrays would put it into too many groups is left out, and is told', () => {
  const correlator = correlatorOf(count(1));
  const users = Array.from({ length: 65 }, (_, i) => `user-${i}`);
  expect(hitsOf(correlator, [by(0, users)])).toEqual([]);
  expect(correlator.losses.get('groups_too_many')).toBe(1);
  expect(hitsOf(correlatorOf(count(1)), [by(0, users.slice(1))])).toHaveLength(64);
});

describe('time', () => {
  const settings = { latenessMs: 10 * SECOND, idleAfterMs: 60 * SECOND };
  const at = (
    correlator: ReturnType<typeof correlatorOf>,
    stream: string,
    received: number,
    event: TestEvent,
  ) =>
    correlator.take({ stream, receivedAt: T0 + received * SECOND, newest: T0 + event.at * SECOND }, [
      matchedOf(event),
    ]);

  test('what is found comes when the watermark has passed it', () => {
    const correlator = correlatorOf(count(2), settings);
    expect(at(correlator, 'one', 100, by(0, 'ada'))).toEqual([]);
    expect(at(correlator, 'one', 140, by(5, 'ada'))).toEqual([]);
    expect(at(correlator, 'one', 161, by(15, 'ben'))).toEqual([]);
    expect(at(correlator, 'one', 162, by(16, 'ben'))).toHaveLength(1);
    expect(correlator.watermark).toBe(T0 + 6 * SECOND);
  });

  test('a stream that lags holds the others back, until it is idle', () => {
    const correlator = correlatorOf(count(2), settings);
    at(correlator, 'slow', 100, by(0, 'ada'));
    at(correlator, 'fast', 101, by(200, 'ben'));
    expect(correlator.tick(T0 + 161 * SECOND)).toEqual([]);
    expect(correlator.watermark).toBe(T0 + 190 * SECOND);
  });

  test('when every stream is silent nothing is waited for', () => {
    const correlator = correlatorOf(count(2), settings);
    at(correlator, 'one', 100, by(0, 'ada'));
    at(correlator, 'one', 101, by(1, 'ada'));
    expect(correlator.tick(T0 + 150 * SECOND)).toEqual([]);
    expect(correlator.tick(T0 + 162 * SECOND)).toHaveLength(1);
  });

  test('the first stream to wake up does not make the others late', () => {
    const correlator = correlatorOf(count(2), settings);
    at(correlator, 'one', 100, by(500, 'ada'));
    at(correlator, 'two', 130, by(0, 'ben'));
    at(correlator, 'two', 131, by(1, 'ben'));
    expect(correlator.losses.get('late')).toBeUndefined();
    expect(correlator.finish()).toHaveLength(1);
  });

  test('what comes later than the bound, and what lies in the future, is left out and told', () => {
    const correlator = correlatorOf(count(2), settings);
    at(correlator, 'one', 100, by(80, 'ada'));
    at(correlator, 'one', 161, by(81, 'ada'));
    at(correlator, 'one', 162, by(70, 'ada'));
    at(correlator, 'one', 163, by(1000, 'ada'));
    expect(Object.fromEntries(correlator.losses)).toEqual({ late: 1, future: 1 });
  });
});

describe('memory', () => {
  test('too many that wait are taken before their time, oldest first, and are told', () => {
    const correlator = correlatorOf(count(1), { mostWaiting: 3 });
    const hits = Array.from({ length: 5 }, (_, i) =>
      correlator.take({ stream: 'one', receivedAt: T0 + i, newest: T0 }, [
        matchedOf(by(i / 10, `user-${i}`)),
      ]),
    ).flat();
    expect(hits.map(({ moment: { group } }) => group)).toEqual([['user-0'], ['user-1']]);
    expect(correlator.losses.get('forced')).toBe(2);
    expect(correlator.size).toEqual({ waiting: 3, held: 2 });
  });

  test('windows that hold too much give up the quietest group, half of it at a time, and it is told', () => {
    const correlator = correlatorOf(count(100), { mostHeld: 6, mostWaiting: 0 });
    hitsOf(
      correlator,
      [...[0, 1, 2, 3].map((i) => by(i, 'quiet')), ...[4, 5, 6].map((i) => by(i, 'busy'))].map(
        (event, i) => ({ ...event, id: `m${i}` }),
      ),
    );
    expect(correlator.losses.get('evicted')).toBe(2);
  });

  test('groups whose window is over are forgotten', () => {
    const correlator = correlatorOf(count(2), { idleAfterMs: 1 });
    for (let i = 0; i < 500; i++)
      correlator.take({ stream: 'one', receivedAt: T0 + i * 60 * SECOND, newest: T0 + i * 60 * SECOND }, [
        matchedOf(by(i * 60, `user-${i}`)),
      ]);
    expect(correlator.size.held).toBeLessThan(4);
    expect(correlator.size.waiting).toBeLessThan(4);
  });
});

test('a finding names its newest fifty events and says how many there were', () => {
  const hits = hitsOf(
    correlatorOf(
      plansOf(
        correlationText(
          'type: event_count\nrules: [rule_a]\ngroup-by: []\ntimespan: 1d\ncondition:\n    gte: 60',
        ),
      ),
    ),
    Array.from({ length: 70 }, (_, i) => eventAt(i, 'a')),
  );
  const [hit] = hits;
  if (hit === undefined) throw new Error('nothing was found');
  const { finding } = correlationFinding(hit);
  expect(finding.matched.filter(({ field }) => field === 'event')).toHaveLength(50);
  expect(finding.matched.find(({ field }) => field === 'events')).toEqual({
    field: 'events',
    value: '60',
    test: 'in the window; the newest 50 follow',
  });
});

test.each([
  ['value_count', '[v, w]', 'gt: 1', 'different v + w > 1 within 1m'],
  ['value_sum', 'v', 'gt: 1', 'sum of v > 1 within 1m'],
  ['value_avg', 'v', 'gt: 1', 'average of v > 1 within 1m'],
  ['value_percentile', 'v', 'percentile: 90\n    neq: 1', 'percentile 90 of v != 1 within 1m'],
  ['value_percentile', 'v', 'lte: 50', 'share of a v in percent <= 50 within 1m'],
])('a finding says in words what was asked: %s of %s', (type, field, bound, words) => {
  const hits = hitsOf(
    correlatorOf(
      plansOf(
        correlationText(
          `type: ${type}\nrules: [rule_a]\ngroup-by: []\ntimespan: 1m\ncondition:\n    field: ${field}\n    ${bound}`,
        ),
      ),
    ),
    [1.5, 3, 4.25].map((v, at) => eventAt(at, 'a', { v, w: 'x' })),
  );
  const [hit] = hits;
  if (hit === undefined) throw new Error('nothing was found');
  expect(correlationFinding(hit).finding.matched[0]).toMatchObject({ field: type, test: words });
});
