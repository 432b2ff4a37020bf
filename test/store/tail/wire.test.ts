import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventMinute } from '../../../src/store/rollups/event-totals.ts';
import type { TailMessage } from '../../../src/store/tail/messages.ts';
import { createTail } from '../../../src/store/tail/tail.ts';
import { fromWire, toWire } from '../../../src/store/tail/wire.ts';
import { aFinding, anEvent, anObservation, T0 } from '../../support/samples.ts';
import { ORIGIN } from '../lakes.ts';

const time = fc.integer({ min: 0, max: 4e12 });
const minute: fc.Arbitrary<EventMinute> = fc.record({
  source: fc.constantFrom('activity', 'entra', ''),
  eventClass: fc.constantFrom('key_vault', 'storage', '__proto__'),
  events: fc.nat(),
  first: time,
  last: time,
  missing: fc.nat(),
  coerced: fc.nat(),
  ownFirst: fc.option(time, { nil: undefined }),
  ownLast: fc.option(time, { nil: undefined }),
});
const rows = fc.array(minute, { maxLength: 20 }).map((events) => ({
  captures: events.length,
  events,
  findings: [aFinding()],
  observations: [anObservation()],
  deadLetters: [['not JSON', 2]] as const,
}));

test('a message is the same on the other side', () => {
  const same = (message: TailMessage): void =>
    expect(fromWire(structuredClone(toWire(message)))).toEqual(message);
  same({ kind: 'frozen', origin: ORIGIN, n: 2, seal: 7 });
  fc.assert(
    fc.property(rows, rows, (some, others) => {
      same({ kind: 'more', origin: ORIGIN, n: 1, rows: some });
      const parts = [
        { seal: 3, rows: some },
        { seal: undefined, rows: others },
      ];
      same({ kind: 'whole', origin: ORIGIN, n: 1, sealed: 2, parts });
    }),
  );
});

test('much is said in several messages, each of which is little', () => {
  const heard: TailMessage[] = [];
  const tail = createTail(ORIGIN, (message) => heard.push(message));
  tail.watch.opened(0);
  for (let i = 0; i < 500; i++) {
    tail.watch.event(anEvent({ id: `e${i}`, time: T0 + i * 60_000 }));
    tail.watch.finding(aFinding({ id: `fnd-${i}` }));
    tail.watch.observation(anObservation({ id: `obs-${i}` }));
  }
  tail.flush();
  const said = heard.flatMap((message) => (message.kind === 'more' ? [message.rows] : []));
  expect(said.length).toBeGreaterThan(10);
  for (const { events, findings, observations } of said)
    expect(events.length + findings.length + observations.length).toBeLessThan(200);
  expect(said.flatMap(({ findings }) => findings.map(({ id }) => id))).toEqual(
    Array.from({ length: 500 }, (_, i) => `fnd-${i}`),
  );
});
