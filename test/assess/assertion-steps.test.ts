import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAssertionSteps, watchedResource } from '../../src/assess/assertion-steps.ts';
import { createResourceTimeline } from '../../src/assess/resource-timeline.ts';
import { stepAt } from '../../src/assess/timeline.ts';
import type { Assertion, Decision, Observation } from '../../src/domain/control.ts';
import { HOUR_MS } from '../../src/lib/clock.ts';
import { T0, anObservation } from '../support/samples.ts';
import { saidAt, worstOf } from './moments.ts';

const log = watchedResource('key_vault');
const anAssertion = (graceHours: number): Assertion => ({
  id: 'a.one',
  title: 'One',
  description: 'One.',
  owner: 'platform',
  watches: ['key_vault'],
  freshnessMs: 24 * HOUR_MS,
  holdsMs: 24 * HOUR_MS,
  graceMs: graceHours * HOUR_MS,
  postures: [],
});
const exception = (resource: string, from: number, hours: number): Decision => ({
  id: 'd1',
  kind: 'exception',
  subject: 'a.one',
  resource,
  reason: 'migration',
  requestedBy: 'ada',
  approvedBy: 'grace',
  from,
  expires: from + hours * HOUR_MS,
});

/** A few moments only, so that observations, expiries and decisions often meet. */
const hours = Array.from({ length: 24 }, (_, hour) => T0 + hour * HOUR_MS);
const hour = fc.constantFrom(...hours.slice(0, 13));
const lasting = fc.integer({ min: 0, max: 6 });
const decisions = fc.array(
  fc.tuple(fc.constantFrom('*', 'r1'), hour, lasting).map((of) => exception(...of)),
  { maxLength: 2 },
);
const observations = fc.array(
  fc
    .record({
      resource: fc.constantFrom('r1', 'r2', log),
      time: hour,
      result: fc.constantFrom('pass', 'fail', 'fail', 'error', 'not_applicable'),
      onExpiry: fc.constantFrom('no_evidence', 'nothing'),
      lasts: lasting,
    })
    .map(({ lasts, ...over }) =>
      anObservation({ ...over, assertion: 'a.one', validUntil: over.time + lasts * HOUR_MS }),
    ),
  { maxLength: 24 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 24, maxLength: 24 });

/** The same observations, named, as they come in one go after the other. */
function inGoes(all: readonly Observation[], lengths: readonly number[]): readonly Observation[][] {
  const named = all.map((one, i) => ({ ...one, id: `obs-${i}` }));
  const goes: Observation[][] = [];
  for (let [at, go] = [0, 0]; at < named.length; at += lengths[go++] ?? 1)
    goes.push(named.slice(at, at + (lengths[go] ?? 1)));
  return goes;
}

test('a failure holds until it lies in the past, and then what was said before it counts again', () => {
  const timeline = createResourceTimeline(anAssertion(1), []);
  const one = (result: Observation['result'], at: number, until: number) =>
    anObservation({ id: `obs-${at}`, result, time: T0 + at * HOUR_MS, validUntil: T0 + until * HOUR_MS });
  timeline.add([one('fail', 2, 5)]);
  timeline.add([one('pass', 0, 24)]);
  expect(timeline.steps.map(({ from, status }) => [(from - T0) / HOUR_MS, status])).toEqual([
    [0, 'PASS'],
    [2, 'AT_RISK'],
    [3, 'FAIL'],
    [5, 'PASS'],
    [24, undefined],
  ]);
});

test('what was taken in step by step is what is found anew at every moment, for each resource and for all', () => {
  fc.assert(
    fc.property(observations, sizes, decisions, lasting, (all, lengths, decided, grace) => {
      const assertion = anAssertion(grace);
      const steps = createAssertionSteps(assertion, decided);
      const timeline = createResourceTimeline(assertion, decided);
      const so: Observation[] = [];
      for (const go of inGoes(all, lengths)) {
        steps.add(go);
        const ofOne = go.filter(({ resource }) => resource === 'r1');
        if (ofOne.length > 0) timeline.add(ofOne);
        so.push(...go);
      }
      let isLogSeen = false;
      for (const time of hours) {
        const said = (of: string) =>
          saidAt(
            assertion,
            decided,
            so.filter(({ resource }) => resource === of),
            time,
          )?.status;
        expect(stepAt(timeline.steps, time)?.status).toBe(said('r1'));
        // Nothing is known of a log until something was said about it.
        isLogSeen ||= said(log) !== undefined;
        const worst = worstOf([said('r1'), said('r2'), isLogSeen ? said(log) : 'NO_EVIDENCE']);
        expect(stepAt(steps.steps, time)?.status).toBe(worst ?? 'NO_EVIDENCE');
      }
      for (const [i, { from, status }] of timeline.steps.entries()) {
        expect(status).not.toBe(timeline.steps[i - 1]?.status);
        expect(from).toBeGreaterThan(timeline.steps[i - 1]?.from ?? -Infinity);
      }
    }),
    { numRuns: 400 },
  );
});
