import { expect, test } from 'vitest';
import { dispatch, undeliveredKeys } from '../../src/alert/dispatch.ts';
import type { Delivery, Notifier } from '../../src/alert/notifier.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { T0 } from '../support/samples.ts';
import { anIncident } from './samples.ts';

const incidents = Array.from({ length: 9 }, (_, i) => anIncident({ key: `inc-${i}` }));
const notifier = (notify: (incident: Incident) => Promise<Delivery>): Notifier => ({ type: 'fake', notify });
const steadyClock = (): (() => number) => {
  let now = T0;
  return () => now++;
};
const delivered: Delivery = { kind: 'delivered', attempts: 1 };

test('every incident goes through every notifier, and the records say who was told when', async () => {
  const told: string[] = [];
  const take = notifier(async ({ key }) => {
    told.push(key);
    return delivered;
  });
  const records = await dispatch(
    [
      { name: 'on-call', notifier: take },
      { name: 'privacy-office', notifier: take },
    ],
    [anIncident({ level: 'critical' })],
    { clock: steadyClock() },
  );
  expect(told).toEqual([anIncident().key, anIncident().key]);
  expect(records.map(({ notifier: name }) => name)).toEqual(['on-call', 'privacy-office']);
  expect(records[0]).toEqual({
    notifier: 'on-call',
    type: 'fake',
    incident: anIncident().key,
    state: 'open',
    level: 'critical',
    startedAt: expect.any(Number),
    finishedAt: expect.any(Number),
    attempts: 1,
    outcome: 'delivered',
    reason: '',
    isFinal: false,
  });
  expect(records.every(({ startedAt, finishedAt }) => startedAt >= T0 && finishedAt > startedAt)).toBe(true);
});

test('a notifier that fails, throws or hangs becomes a record and holds up nobody else', async () => {
  const records = await dispatch(
    [
      {
        name: 'refused',
        notifier: notifier(async () => ({ kind: 'failed', attempts: 1, reason: 'no', isFinal: true })),
      },
      { name: 'throws', notifier: notifier(() => Promise.reject(new TypeError('secret-in-message'))) },
      {
        name: 'throws-at-once',
        notifier: notifier(() => {
          throw new RangeError('secret-in-message');
        }),
      },
      { name: 'hangs', notifier: notifier(() => new Promise(() => undefined)) },
      { name: 'works', notifier: notifier(async () => delivered) },
    ],
    [anIncident()],
    { clock: steadyClock(), limitMs: 20 },
  );
  expect(records.map(({ notifier: name, outcome, reason }) => [name, outcome, reason])).toEqual([
    ['refused', 'failed', 'no'],
    ['throws', 'failed', 'notifier raised TypeError'],
    ['throws-at-once', 'failed', 'notifier raised RangeError'],
    ['hangs', 'failed', 'no answer within 20 ms'],
    ['works', 'delivered', ''],
  ]);
  expect(JSON.stringify(records)).not.toContain('secret');
  expect(undeliveredKeys(records)).toEqual(new Set([anIncident().key]));
  expect(undeliveredKeys(records.filter(({ notifier: name }) => name === 'refused'))).toEqual(new Set());
});

test('at most the given number is in flight per notifier, and records keep the order of the incidents', async () => {
  let inFlight = 0;
  let most = 0;
  const slow = notifier(async ({ key }) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    // Later ones finish first, so that order cannot come from luck.
    for (let turns = 20 - Number(key.slice(4)); turns > 0; turns--) await Promise.resolve();
    inFlight -= 1;
    return delivered;
  });
  const records = await dispatch([{ name: 'slow', notifier: slow }], incidents, {
    clock: steadyClock(),
    concurrency: 3,
  });
  expect(most).toBe(3);
  expect(records.map(({ incident }) => incident)).toEqual(incidents.map(({ key }) => key));
});

test('nothing to tell gives no records', async () => {
  expect(await dispatch([], incidents, { clock: steadyClock() })).toEqual([]);
  expect(
    await dispatch([{ name: 'a', notifier: notifier(async () => delivered) }], [], { clock: steadyClock() }),
  ).toEqual([]);
});
