import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { watchedResource } from '../../src/assess/assertion-steps.ts';
import { assess } from '../../src/assess/posture.ts';
import type { PostureInput } from '../../src/assess/posture.ts';
import { statuses } from '../../src/domain/control.ts';
import type {
  Assertion,
  ComputedStatus,
  Control,
  Decision,
  Observation,
  Status,
} from '../../src/domain/control.ts';
import { HOUR_MS } from '../../src/lib/clock.ts';
import { T0, anObservation } from '../support/samples.ts';

const anAssertion = (over: Partial<Assertion> = {}): Assertion => ({
  id: 'a.one',
  title: 'One',
  description: 'One.',
  owner: 'platform',
  watches: [],
  freshnessMs: 24 * HOUR_MS,
  holdsMs: 24 * HOUR_MS,
  graceMs: 0,
  postures: [],
  ...over,
});

const aControl = (over: Partial<Control> = {}): Control => ({
  id: 'fw:1',
  ref: '1',
  title: 'Control',
  mappings: [{ assertion: 'a.one', strength: 'full', rationale: 'r', reviewer: 'x' }],
  ...over,
});

const world = (over: Partial<PostureInput> & { controls?: Control[] } = {}): PostureInput => ({
  assertions: [anAssertion()],
  frameworks: [
    { id: 'fw', title: 'Framework', version: '1', source: 's', controls: over.controls ?? [aControl()] },
  ],
  observations: [],
  decisions: [],
  range: { from: T0, to: T0 + 10 * HOUR_MS },
  ...over,
});

const statusOf = (input: PostureInput): Status =>
  assess(input).frameworks[0]?.controls[0]?.status ?? 'NOT_APPLICABLE';
const pass = (over: Partial<Observation> = {}): Observation =>
  anObservation({ assertion: 'a.one', result: 'pass', onExpiry: 'no_evidence', ...over });
const fail = (over: Partial<Observation> = {}): Observation =>
  anObservation({ assertion: 'a.one', result: 'fail', ...over });
const exception: Decision = {
  id: 'd1',
  kind: 'exception',
  subject: 'a.one',
  resource: '*',
  reason: 'migration until March',
  requestedBy: 'ada',
  approvedBy: 'grace',
  from: T0,
  expires: T0 + 5 * HOUR_MS,
};

describe('what a control says', () => {
  test('it passes while every resource passes, fails from the failure on, and passes again when a newer pass comes', () => {
    const input = world({
      observations: [pass(), fail({ time: T0 + 2 * HOUR_MS }), pass({ time: T0 + 3 * HOUR_MS })],
    });
    expect(assess(input).frameworks[0]?.controls[0]?.history).toEqual([
      { from: T0, to: T0 + 2 * HOUR_MS, status: 'PASS' },
      { from: T0 + 2 * HOUR_MS, to: T0 + 3 * HOUR_MS, status: 'FAIL' },
      { from: T0 + 3 * HOUR_MS, to: T0 + 10 * HOUR_MS, status: 'PASS' },
    ]);
  });

  test('missing evidence is NO_EVIDENCE, never a pass', () => {
    expect(statusOf(world())).toBe('NO_EVIDENCE');
  });

  test('a log source that must be watched and never arrived is NO_EVIDENCE, whatever else passes', () => {
    const input = world({ assertions: [anAssertion({ watches: ['entra_signin'] })], observations: [pass()] });
    expect(statusOf(input)).toBe('NO_EVIDENCE');
    expect(assess(input).assertions[0]?.reason).toBe('no entra_signin event arrived');
  });

  test('a log source that falls silent is NO_EVIDENCE from the moment its last event is too old', () => {
    const watched = pass({ resource: watchedResource('entra_signin'), validUntil: T0 + 4 * HOUR_MS });
    const input = world({
      assertions: [anAssertion({ watches: ['entra_signin'] })],
      observations: [watched],
    });
    expect(assess(input).frameworks[0]?.controls[0]).toMatchObject({
      status: 'NO_EVIDENCE',
      since: T0 + 4 * HOUR_MS,
    });
  });

  test('a failure inside its grace is AT_RISK and becomes FAIL without a further event', () => {
    const input = world({
      assertions: [anAssertion({ graceMs: 2 * HOUR_MS })],
      observations: [fail(), fail({ id: 'again', time: T0 + HOUR_MS })],
    });
    expect(
      assess(input).frameworks[0]?.controls[0]?.history.map(({ status, to }) => [status, to - T0]),
    ).toEqual([
      ['AT_RISK', 2 * HOUR_MS],
      ['FAIL', 10 * HOUR_MS],
    ]);
  });

  test('an exception covers a failure until it expires, changes only the adjusted figure, and lapses by itself', () => {
    const input = world({ observations: [fail()], decisions: [exception] });
    const covered = assess({ ...input, range: { from: T0, to: T0 + 4 * HOUR_MS } }).frameworks[0]
      ?.controls[0];
    expect(covered).toMatchObject({
      status: 'EXCEPTION',
      isMetAdjusted: true,
      reason: 'migration until March (approved by grace)',
    });
    expect(assess(input).frameworks[0]?.controls[0]).toMatchObject({
      status: 'FAIL',
      isMetAdjusted: false,
      since: T0 + 5 * HOUR_MS,
    });
  });

  test('an incident that lapsed gives way to what was said before it', () => {
    const input = world({
      observations: [pass(), fail({ time: T0 + HOUR_MS, validUntil: T0 + 2 * HOUR_MS })],
    });
    expect(statusOf(input)).toBe('PASS');
  });

  test('a collector error is NO_EVIDENCE, an empty population NOT_APPLICABLE', () => {
    expect(statusOf(world({ observations: [pass({ result: 'error' })] }))).toBe('NO_EVIDENCE');
    expect(statusOf(world({ observations: [pass({ result: 'not_applicable' })] }))).toBe('NOT_APPLICABLE');
  });

  test('no automated assertion leaves a control to people; supporting evidence lowers it, never raises it', () => {
    const supporting = [
      aControl({ mappings: [{ assertion: 'a.one', strength: 'supporting', rationale: 'r', reviewer: 'x' }] }),
    ];
    expect(statusOf(world({ controls: [aControl({ mappings: [] })] }))).toBe('MANUAL_ONLY');
    expect(statusOf(world({ controls: supporting, observations: [pass()] }))).toBe('MANUAL_ONLY');
    expect(statusOf(world({ controls: supporting, observations: [fail()] }))).toBe('FAIL');
  });

  test('an attestation speaks for a manual control while it lasts, and its end is missing evidence', () => {
    const attested: Decision = { ...exception, kind: 'attestation', subject: 'fw:1' };
    const input = world({ controls: [aControl({ mappings: [] })], decisions: [attested] });
    expect(statusOf({ ...input, range: { from: T0, to: T0 + HOUR_MS } })).toBe('ATTESTED');
    expect(statusOf(input)).toBe('NO_EVIDENCE');
  });

  test('the count of every framework sums to its controls', () => {
    const { counts, controls } =
      assess(world({ controls: [aControl(), aControl({ id: 'fw:2', mappings: [] })] })).frameworks[0] ?? {};
    expect(Object.values(counts ?? {}).reduce((a, b) => a + b, 0)).toBe(controls?.length);
  });
});

/** Small worlds on a grid of whole hours, so that a brute-force walk over every hour is exact. */
const hour = fc.integer({ min: -3, max: 12 });
const observation = fc
  .record({
    resource: fc.constantFrom('r1', 'r2', watchedResource('k')),
    at: hour,
    lasts: fc.integer({ min: 1, max: 8 }),
    result: fc.constantFrom('pass', 'fail', 'error', 'not_applicable'),
    onExpiry: fc.constantFrom('nothing', 'no_evidence'),
    n: fc.nat(1e6),
  })
  .map(({ resource, at, lasts, result, onExpiry, n }) =>
    anObservation({
      id: `o${n}`,
      assertion: 'a.one',
      resource,
      time: T0 + at * HOUR_MS,
      validUntil: T0 + (at + lasts) * HOUR_MS,
      result,
      onExpiry,
    }),
  );
const smallWorld = fc
  .record({
    observations: fc.uniqueArray(observation, { maxLength: 12, selector: ({ id }) => id }),
    grace: fc.integer({ min: 0, max: 3 }),
    isWatched: fc.boolean(),
    exceptions: fc.array(
      fc.record({ resource: fc.constantFrom('*', 'r1'), from: hour, lasts: fc.integer({ min: 1, max: 5 }) }),
      { maxLength: 2 },
    ),
  })
  .map(({ observations, grace, isWatched, exceptions }) =>
    world({
      observations,
      assertions: [anAssertion({ graceMs: grace * HOUR_MS, watches: isWatched ? ['k'] : [] })],
      decisions: exceptions.map(({ resource, from, lasts }, n) => ({
        ...exception,
        id: `e${n}`,
        resource,
        from: T0 + from * HOUR_MS,
        expires: T0 + (from + lasts) * HOUR_MS,
      })),
    }),
  );

/** The status at one moment, written from the words of the model and nothing else. */
function bruteForce({ observations, assertions, decisions }: PostureInput, time: number): ComputedStatus {
  const assertion = assertions[0] ?? anAssertion();
  const badness = ['not_applicable', 'pass', 'error', 'fail'];
  const names = new Set([
    ...observations.map(({ resource }) => resource),
    ...assertion.watches.map(watchedResource),
  ]);
  const found: ComputedStatus[] = [];
  for (const resource of names) {
    const known = observations
      .filter((o) => o.resource === resource && o.time <= time)
      .toSorted(
        (a, b) =>
          a.time - b.time || badness.indexOf(a.result) - badness.indexOf(b.result) || (a.id < b.id ? -1 : 1),
      );
    const speaking = known.filter((o) => time < o.validUntil || o.onExpiry === 'no_evidence');
    const newest = speaking.at(-1);
    if (newest === undefined) {
      if (known.length === 0 && assertion.watches.some((name) => watchedResource(name) === resource))
        found.push('NO_EVIDENCE');
      continue;
    }
    if (time >= newest.validUntil || newest.result === 'error') found.push('NO_EVIDENCE');
    else if (newest.result === 'pass') found.push('PASS');
    else if (newest.result === 'not_applicable') found.push('NOT_APPLICABLE');
    else if (
      decisions.some(
        (d) => (d.resource === '*' || d.resource === resource) && d.from <= time && time < d.expires,
      )
    )
      found.push('EXCEPTION');
    else {
      let since = newest.time;
      for (const before of known.slice(0, known.indexOf(newest)).toReversed()) {
        if (before.result !== 'fail' || before.validUntil < since) break;
        since = before.time;
      }
      found.push(time < since + assertion.graceMs ? 'AT_RISK' : 'FAIL');
    }
  }
  return statuses.find((status) => found.includes(status)) ?? 'NO_EVIDENCE';
}

const badness = (status: Status): number => statuses.length - statuses.indexOf(status as ComputedStatus);

describe('the laws of status', () => {
  test('the interval engine agrees with a brute-force walk over every hour', () => {
    fc.assert(
      fc.property(smallWorld, (input) => {
        const control = assess(input).frameworks[0]?.controls[0];
        for (let time = input.range.from; time < input.range.to; time += HOUR_MS) {
          const step = control?.history.find(({ from, to }) => from <= time && time < to);
          expect(step?.status).toBe(bruteForce(input, time));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('steps cover the window exactly, without a gap or an overlap', () => {
    fc.assert(
      fc.property(smallWorld, (input) => {
        const history = assess(input).frameworks[0]?.controls[0]?.history ?? [];
        expect(history[0]?.from).toBe(input.range.from);
        expect(history.at(-1)?.to).toBe(input.range.to);
        for (const [index, { to }] of history.slice(0, -1).entries())
          expect(history[index + 1]?.from).toBe(to);
      }),
    );
  });

  test('order and duplication of observations change nothing', () => {
    fc.assert(
      fc.property(smallWorld, fc.infiniteStream(fc.nat()), (input, keys) => {
        const shuffled = [...input.observations, ...input.observations.slice(0, 3)]
          .map((item) => ({ item, key: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ item }) => item);
        expect(assess({ ...input, observations: shuffled }).frameworks[0]?.controls[0]?.history).toEqual(
          assess(input).frameworks[0]?.controls[0]?.history,
        );
      }),
    );
  });

  test('removing a pass of a resource that must be seen never improves a control status', () => {
    fc.assert(
      fc.property(smallWorld, fc.nat(), (input, pick) => {
        const assertions = [anAssertion({ watches: ['k'] })];
        // Freshness is a property of the assertion, so every sign of life lasts equally long.
        const observations = input.observations
          .filter(({ resource, result }) => resource === watchedResource('k') && result !== 'not_applicable')
          .map((item) => ({
            ...item,
            validUntil: item.time + 4 * HOUR_MS,
            onExpiry: 'no_evidence' as const,
          }));
        const passes = observations.filter(({ result }) => result === 'pass');
        fc.pre(passes.length > 0);
        const gone = passes[pick % passes.length];
        const after = statusOf({
          ...input,
          assertions,
          observations: observations.filter((item) => item !== gone),
        });
        expect(badness(after)).toBeGreaterThanOrEqual(
          badness(statusOf({ ...input, assertions, observations })),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('adding an uncovered failure makes the control FAIL, whatever else is said', () => {
    fc.assert(
      fc.property(smallWorld, fc.integer({ min: 0, max: 9 }), (input, at) => {
        const added = fail({
          id: 'zzz',
          resource: 'r3',
          time: T0 + at * HOUR_MS,
          validUntil: T0 + 20 * HOUR_MS,
        });
        const decisions = input.decisions.filter(({ resource }) => resource !== '*');
        const assertions = input.assertions.map((assertion) => ({ ...assertion, graceMs: 0 }));
        expect(
          statusOf({ ...input, decisions, assertions, observations: [...input.observations, added] }),
        ).toBe('FAIL');
      }),
    );
  });

  test('what is recorded after the moment asked about does not change the answer', () => {
    fc.assert(
      fc.property(smallWorld, (input) => {
        const late = fail({ id: 'late', time: input.range.to });
        expect(assess({ ...input, observations: [...input.observations, late] })).toEqual(assess(input));
      }),
    );
  });
});
