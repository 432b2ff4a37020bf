import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClearance } from '../../src/assess/clearance.ts';
import type { Observation } from '../../src/domain/control.ts';
import { incidentKey } from '../../src/domain/incident.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/lib/clock.ts';
import { T0, anObservation, resourceOf } from '../support/samples.ts';

const keyOf = ({ assertion, resource }: Observation): string => incidentKey({ assertion, subject: resource });
const key = keyOf(anObservation());

const fail = (over: Partial<Observation> = {}): Observation => anObservation(over);
const pass = (over: Partial<Observation> = {}): Observation =>
  anObservation({ result: 'pass', time: T0 + HOUR_MS, by: 'detection:mended', ...over });

/** Whether the sample's cause is clear two hours later, after these observations in this order. */
const isClearAfter = (...observations: readonly Observation[]): boolean => {
  const clearance = createClearance();
  for (const observation of observations) clearance.observe([observation]);
  return clearance.isClear(key, T0 + 2 * HOUR_MS);
};

test('a cause is clear once it was seen to hold again, and not before', () => {
  const clearance = createClearance();
  clearance.observe([fail()]);
  expect(clearance.isClear(key, T0 + MINUTE_MS)).toBe(false);
  clearance.observe([pass()]);
  expect(clearance.isClear(key, T0 + 2 * HOUR_MS)).toBe(true);
});

test('a cause that nobody observed is not clear: silence mends nothing', () => {
  expect(createClearance().isClear(key, T0 + 1000 * HOUR_MS)).toBe(false);
});

test('another resource that holds, or another assertion about this one, clears nothing', () => {
  expect(isClearAfter(fail(), pass({ resource: resourceOf('aoai-other') }))).toBe(false);
  expect(isClearAfter(fail(), pass({ assertion: 'ai.access.keyless' }))).toBe(false);
});

test('a failure after the mending opens it again', () => {
  expect(isClearAfter(fail(), pass(), fail({ time: T0 + 90 * MINUTE_MS }))).toBe(false);
});

describe('records come in any order', () => {
  test('a late record of before the mending does not undo it', () => {
    expect(isClearAfter(fail(), pass(), fail({ time: T0 + MINUTE_MS }))).toBe(true);
  });

  test('the record of the mending may come before that of the failure', () => {
    expect(isClearAfter(pass(), fail())).toBe(true);
  });

  test('of a failure and a success at the same moment the failure counts, whichever came first', () => {
    expect(isClearAfter(fail(), pass({ time: T0 }))).toBe(false);
    expect(isClearAfter(pass({ time: T0 }), fail())).toBe(false);
  });

  test('any order of the same observations gives the same answer', () => {
    const observation = fc
      .record({
        time: fc.integer({ min: 0, max: 5 }).map((minutes) => T0 + minutes * MINUTE_MS),
        result: fc.constantFrom('pass', 'fail', 'error', 'not_applicable'),
        onExpiry: fc.constantFrom('nothing', 'no_evidence'),
        holdsMs: fc.constantFrom(MINUTE_MS, 9 * HOUR_MS),
      })
      .map(({ holdsMs, ...over }) =>
        anObservation({ ...over, validUntil: over.time + holdsMs, id: JSON.stringify([over, holdsMs]) }),
      );
    const both = fc
      .array(observation, { minLength: 1, maxLength: 6 })
      .chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
        ),
      );
    fc.assert(
      fc.property(both, ([one, other]) => {
        expect(isClearAfter(...one)).toBe(isClearAfter(...other));
      }),
    );
  });
});

describe('what ends a failure without a word', () => {
  test('an incident that lies in the past is over when the time it counts has run out', () => {
    const clearance = createClearance();
    clearance.observe([fail({ onExpiry: 'nothing', validUntil: T0 + HOUR_MS })]);
    expect(clearance.isClear(key, T0 + HOUR_MS - 1)).toBe(false);
    expect(clearance.isClear(key, T0 + HOUR_MS)).toBe(true);
  });

  test('a state that must be seen again is never over by waiting', () => {
    const clearance = createClearance();
    clearance.observe([fail({ onExpiry: 'no_evidence', validUntil: T0 + HOUR_MS })]);
    expect(clearance.isClear(key, T0 + 1000 * HOUR_MS)).toBe(false);
  });

  test('a reading that went wrong is no proof that the cause is gone; that it no longer applies is', () => {
    expect(isClearAfter(fail(), pass({ result: 'error' }))).toBe(false);
    expect(isClearAfter(fail(), pass({ result: 'not_applicable' }))).toBe(true);
  });
});

test('passes without a failure are remembered only so far, so that a large estate costs no memory', () => {
  const clearance = createClearance({ mostPasses: 10 });
  const passes = Array.from({ length: 11 }, (_, index) => pass({ resource: resourceOf(`a-${index}`) }));
  clearance.observe(passes);
  clearance.observe(passes.map((observation) => ({ ...observation, result: 'fail', time: T0 })));
  const clear = passes.filter((observation) => clearance.isClear(keyOf(observation), T0 + 2 * HOUR_MS));
  expect(clear).toHaveLength(10);
  expect(clearance.isClear(keyOf(pass({ resource: resourceOf('a-0') })), T0 + 2 * HOUR_MS)).toBe(false);
});
