import fc from 'fast-check';
import { expect, test } from 'vitest';
import { watchedResource } from '../../src/assess/assertion-steps.ts';
import { assess, createEstate } from '../../src/assess/posture.ts';
import type { EstateInput } from '../../src/assess/posture.ts';
import type { Decision, Observation } from '../../src/domain/control.ts';
import { HOUR_MS } from '../../src/lib/clock.ts';
import { T0, anObservation } from '../support/samples.ts';

const anAssertion = (id: string, watches: readonly string[], graceMs: number) => ({
  id,
  title: id,
  description: `${id}.`,
  owner: 'platform',
  watches,
  freshnessMs: 24 * HOUR_MS,
  holdsMs: 24 * HOUR_MS,
  graceMs,
  postures: [],
});

const mapping = (assertion: string, strength: 'full' | 'supporting') => ({
  assertion,
  strength,
  rationale: 'r',
  reviewer: 'x',
});

const decision = (over: Partial<Decision>): Decision => ({
  id: 'd1',
  kind: 'exception',
  subject: 'a.two',
  resource: '*',
  reason: 'migration',
  requestedBy: 'ada',
  approvedBy: 'grace',
  from: T0 + 2 * HOUR_MS,
  expires: T0 + 9 * HOUR_MS,
  ...over,
});

const input: EstateInput = {
  assertions: [anAssertion('a.one', ['key_vault'], 0), anAssertion('a.two', [], 2 * HOUR_MS)],
  frameworks: [
    {
      id: 'fw',
      title: 'Framework',
      version: '1',
      source: 's',
      controls: [
        { id: 'fw:1', ref: '1', title: 'One', mappings: [mapping('a.one', 'full')] },
        {
          id: 'fw:2',
          ref: '2',
          title: 'Two',
          mappings: [mapping('a.one', 'supporting'), mapping('a.two', 'full')],
        },
        { id: 'fw:3', ref: '3', title: 'Three', mappings: [mapping('a.two', 'supporting')] },
        { id: 'fw:4', ref: '4', title: 'Four', mappings: [mapping('a.unknown', 'full')] },
      ],
    },
  ],
  decisions: [decision({}), decision({ id: 'd2', kind: 'attestation', subject: 'fw:3' })],
};

/** A few moments only, so that ends of windows, observations and expiries often meet. */
const hour = fc.integer({ min: 0, max: 12 }).map((hours) => T0 + hours * HOUR_MS);
const observation = fc
  .record({
    assertion: fc.constantFrom('a.one', 'a.two', 'a.unmapped'),
    resource: fc.constantFrom('r1', 'r2', watchedResource('key_vault')),
    time: hour,
    result: fc.constantFrom('pass', 'fail', 'error', 'not_applicable'),
    lasts: fc.integer({ min: 0, max: 6 }),
    onExpiry: fc.constantFrom('no_evidence', 'nothing'),
  })
  .map(({ lasts, ...over }): Observation =>
    anObservation({ ...over, validUntil: over.time + lasts * HOUR_MS }),
  );

test('an estate that grew in any steps says of every window what assessing all of it at once says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(observation, { maxLength: 6 }), { maxLength: 5 }),
      fc.array(fc.tuple(hour, fc.integer({ min: 1, max: 8 * HOUR_MS })), { minLength: 1, maxLength: 6 }),
      (batches, windows) => {
        const estate = createEstate(input);
        const so: Observation[] = [];
        for (const [i, batch] of [[], ...batches].entries()) {
          const named = batch.map((one, n) => ({ ...one, id: `obs-${i}-${n}` }));
          estate.add(named);
          so.push(...named);
          for (const [from, lasts] of windows) {
            const range = { from, to: from + lasts };
            const seen = so.filter(({ time }) => time < range.to);
            expect(estate.posture(range)).toEqual(assess({ ...input, observations: seen, range }));
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('what is observed at the very end of a window is not yet known in it', () => {
  const estate = createEstate(input);
  const range = { from: T0, to: T0 + HOUR_MS };
  estate.add([
    anObservation({ assertion: 'a.one', time: T0, result: 'pass' }),
    anObservation({ id: 'obs-2', assertion: 'a.one', time: range.to, result: 'fail' }),
  ]);
  const statusOf = (to: number) => estate.posture({ from: T0, to }).assertions[0]?.resources.at(-1)?.status;
  expect(statusOf(range.to)).toBe('PASS');
  expect(estate.posture({ from: T0, to: range.to + 1 }).assertions[0]?.status).toBe('FAIL');
});
