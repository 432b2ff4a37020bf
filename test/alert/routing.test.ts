import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RoutingSettings, route, withoutUndelivered } from '../../src/alert/routing.ts';
import type { Told } from '../../src/alert/routing.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { levels } from '../../src/domain/severity.ts';
import { anIncident } from './samples.ts';

const settings = RoutingSettings.parse({});
const nobodyKnows: Told = new Map();
const many = (count: number, over: Partial<Incident> = {}): Incident[] =>
  Array.from({ length: count }, (_, i) => anIncident({ key: `inc-${i}`, ...over }));

test('an incident is told once when it opens and once when it resolves', () => {
  const open = anIncident();
  const first = route(settings, nobodyKnows, [open]);
  expect(first.tell).toEqual([open]);
  const second = route(settings, first.told, [{ ...open, count: 9 }]);
  expect(second.tell).toEqual([]);
  const resolved = anIncident({ state: 'resolved' });
  const third = route(settings, second.told, [resolved]);
  expect(third.tell).toEqual([resolved]);
  expect(route(settings, third.told, [resolved]).tell).toEqual([]);
});

test('a reopened incident is told again, and one that rises in level breaks through', () => {
  const open = route(settings, nobodyKnows, [anIncident()]);
  const worse = anIncident({ level: 'critical' });
  const risen = route(settings, open.told, [worse]);
  expect(risen.tell).toEqual([worse]);
  expect(route(settings, risen.told, [anIncident()]).tell).toEqual([]);
  const resolved = route(settings, risen.told, [anIncident({ state: 'resolved' })]);
  expect(route(settings, resolved.told, [anIncident()]).tell).toEqual([anIncident()]);
});

test('below the lowest level nobody is told, neither of the opening nor of the end', () => {
  const quiet = route(settings, nobodyKnows, [anIncident({ level: 'medium' })]);
  expect(quiet).toEqual({ tell: [], told: new Map() });
  expect(route(settings, quiet.told, [anIncident({ level: 'medium', state: 'resolved' })]).tell).toEqual([]);
  expect(
    route({ ...settings, minLevel: 'low' }, nobodyKnows, [anIncident({ level: 'medium' })]).tell,
  ).toHaveLength(1);
});

test('more new incidents in a round than the limit become one storm with counts, which ends when all have ended', () => {
  const burst = [...many(20), anIncident({ key: 'inc-worst', level: 'critical', controls: ['soc2:CC6.1'] })];
  const storm = route(settings, nobodyKnows, burst);
  expect(storm.tell).toHaveLength(1);
  expect(storm.tell[0]).toMatchObject({
    key: expect.stringMatching(/^inc-storm-[0-9a-f]{20}$/),
    title: '21 new incidents at once: 1 critical, 20 high; 21 on logging.diagnostic-settings.kept',
    level: 'critical',
    state: 'open',
    count: 42,
    controls: ['iso27001:A.8.15', 'soc2:CC6.1', 'soc2:CC7.2'],
  });
  expect(route(settings, storm.told, burst).tell).toEqual([]);

  const half = burst.map((incident, i): Incident =>
    i < 10 ? anIncident({ key: incident.key, state: 'resolved' }) : incident,
  );
  const calming = route(settings, storm.told, half);
  expect(calming.tell).toEqual([]);
  const over = route(
    settings,
    calming.told,
    burst.map(({ key, level }) => anIncident({ key, level, state: 'resolved' })),
  );
  expect(over.tell).toMatchObject([{ key: storm.tell[0]?.key, state: 'resolved' }]);
});

test('exactly the limit is told one by one, worst first', () => {
  const burst = [...many(19), anIncident({ key: 'inc-worst', level: 'critical' })];
  const { tell } = route(settings, nobodyKnows, burst);
  expect(tell).toHaveLength(20);
  expect(tell[0]?.key).toBe('inc-worst');
});

test('an incident inside a storm that grows worse than the storm is told by itself', () => {
  const storm = route(settings, nobodyKnows, many(21));
  const { tell } = route(settings, storm.told, [
    anIncident({ key: 'inc-3', level: 'critical' }),
    ...many(21).filter(({ key }) => key !== 'inc-3'),
  ]);
  expect(tell.map(({ key }) => key)).toEqual(['inc-3']);
});

test('what did not arrive is told again next round, a storm included', () => {
  const one = route(settings, nobodyKnows, [anIncident()]);
  const lost = withoutUndelivered(nobodyKnows, one, new Set([anIncident().key]));
  expect(route(settings, lost, [anIncident()]).tell).toEqual([anIncident()]);

  const storm = route(settings, nobodyKnows, many(21));
  const stormLost = withoutUndelivered(nobodyKnows, storm, new Set([storm.tell[0]?.key ?? '']));
  expect(route(settings, stormLost, many(21)).tell).toEqual(storm.tell);

  const resolved = route(settings, one.told, [anIncident({ state: 'resolved' })]);
  const endLost = withoutUndelivered(one.told, resolved, new Set([anIncident().key]));
  expect(route(settings, endLost, [anIncident({ state: 'resolved' })]).tell).toHaveLength(1);
});

test('what is known of resolved incidents is dropped once the book forgets them', () => {
  const open = route(settings, nobodyKnows, [anIncident()]);
  const resolved = route(settings, open.told, [anIncident({ state: 'resolved' })]);
  expect(resolved.told.size).toBe(1);
  expect(route(settings, resolved.told, []).told.size).toBe(0);
});

const aRound = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    level: fc.constantFrom(...levels),
    isOpen: fc.boolean(),
  }),
  { maxLength: 4 },
);

test('nobody is told the same state of an incident twice in a row, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(aRound, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (rounds, stormLimit) => {
      let told = nobodyKnows;
      const last = new Map<string, string>();
      for (const round of rounds) {
        const incidents = [...new Map(round.map((draft) => [draft.key, draft])).values()].map(
          ({ key, level, isOpen }) => anIncident({ key, level, state: isOpen ? 'open' : 'resolved' }),
        );
        const routed = route({ minLevel: 'medium', stormLimit }, told, incidents);
        for (const { key, state, level } of routed.tell) {
          const said = state === 'resolved' ? state : `${state} ${level}`;
          expect(last.get(key)).not.toBe(said);
          last.set(key, said);
        }
        told = routed.told;
      }
    }),
  );
});
