import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCorrelating } from '../../../src/detect/correlate/correlating.ts';
import type { Correlating, SealedHistory } from '../../../src/detect/correlate/correlating.ts';
import type { CorrelationFinding } from '../../../src/detect/correlate/finding.ts';
import type { Matched } from '../../../src/detect/correlate/correlator.ts';
import { aDetection, T0 } from '../../support/samples.ts';
import { baseRules, correlationText, eventAt, matchedOf, plansOf, SECOND } from './support.ts';
import { IDLE_S, LATENESS_S, worlds } from './worlds.ts';
import type { Message } from './worlds.ts';

type Plans = ReturnType<typeof plansOf>;

const correlatingOf = ({ plans, uses, silent, reachMs }: Plans): Correlating =>
  createCorrelating({
    correlations: {
      items: plans.map((plan) => ({
        plan,
        detection: aDetection({ id: plan.correlation.name ?? '' }),
        isSilent: silent.has(plan.correlation),
      })),
      uses: new Map(baseRules.map((rule) => [rule.id, uses.get(rule) ?? []])),
      silent: new Set(),
      reachMs,
      problems: [],
    },
    latenessMs: LATENESS_S * SECOND,
    idleAfterMs: IDLE_S * SECOND,
    lost: () => undefined,
  });

interface Taken {
  readonly id: string;
  readonly stream: string;
  readonly receivedAt: number;
  readonly matched: readonly Matched[];
}

const takenOf = (messages: readonly Message[]): readonly Taken[] =>
  messages.map(({ stream, events }, index) => ({
    id: `message-${index}`,
    stream,
    // A pause longer than a stream takes to become idle, now and then.
    receivedAt: T0 + (60 + index + Math.floor(index / 7) * 5) * SECOND,
    matched: events.map(matchedOf),
  }));

function take(correlating: Correlating, taken: readonly Taken[]): CorrelationFinding[] {
  return taken.flatMap(({ stream, receivedAt, matched }) => [
    ...correlating.tick(receivedAt),
    ...correlating.take(
      { stream, receivedAt },
      matched.map(({ event }) => event),
      matched.filter(({ detections }) => detections.length > 0),
    ),
  ]);
}

/** What a lake with these messages and findings would tell. */
const historyOf = (taken: readonly Taken[], found: readonly CorrelationFinding[]): SealedHistory => ({
  arrivals: async (arrive) => {
    for (const { id, stream, receivedAt, matched } of taken) {
      const times = matched.map(({ event }) => event.time);
      arrive({ id, stream, receivedAt, oldest: Math.min(...times), newest: Math.max(...times) });
    }
    await Promise.resolve();
  },
  messages: async (since, give) => {
    for (const { id, receivedAt, matched } of taken)
      if (matched.some(({ event }) => event.time >= since)) give(id, receivedAt, matched);
    await Promise.resolve();
  },
  findings: (since) =>
    Promise.resolve(
      new Set(found.filter(({ finding }) => finding.time >= since).map(({ finding }) => finding.id)),
    ),
});

const told = (found: readonly CorrelationFinding[]): readonly string[] =>
  found.map(({ finding }) => JSON.stringify(finding)).toSorted();

test('a restart behind the first of two events finds what an undisturbed run finds', async () => {
  const plans = plansOf(
    correlationText('type: temporal_ordered\nrules: [rule_a, rule_b]\ngroup-by: []\ntimespan: 1m'),
  );
  const taken = takenOf([
    { stream: 'one', events: [eventAt(0, 'a')] },
    { stream: 'one', events: [eventAt(5, 'b')] },
  ]);
  const correlating = correlatingOf(plans);
  await correlating.restore(historyOf(taken.slice(0, 1), []));
  const found = [...take(correlating, taken.slice(1)), ...correlating.finish()];
  expect(found.map(({ finding }) => finding.eventId)).toEqual(['e5']);
  expect(
    found[0]?.finding.matched.filter(({ field }) => field === 'event').map(({ value }) => value),
  ).toEqual(['e0', 'e5']);
});

test('a kill behind any message changes no finding and doubles none', async () => {
  let [cuts, found] = [0, 0];
  await fc.assert(
    fc.asyncProperty(worlds, async ({ texts, messages }) => {
      let plans: Plans;
      try {
        plans = plansOf(...texts);
      } catch {
        return;
      }
      const taken = takenOf(messages);
      const whole = correlatingOf(plans);
      const undisturbed = told([...take(whole, taken), ...whole.finish()]);
      found += undisturbed.length;
      for (let cut = 0; cut <= taken.length; cut++) {
        const before = correlatingOf(plans);
        const sealed = take(before, taken.slice(0, cut));
        const after = correlatingOf(plans);
        await after.restore(historyOf(taken.slice(0, cut), sealed));
        const rest = [...take(after, taken.slice(cut)), ...after.finish()];
        expect(told([...sealed, ...rest])).toEqual(undisturbed);
        cuts++;
      }
    }),
    { numRuns: 60 },
  );
  expect(cuts).toBeGreaterThan(200);
  expect(found).toBeGreaterThan(20);
}, 60_000);

test('what was judged late before a restart is late after it', async () => {
  const plans = plansOf(
    correlationText('type: event_count\nrules: [rule_a]\ngroup-by: []\ntimespan: 1m\ncondition:\n    gte: 2'),
  );
  const taken = takenOf(
    [0, 30, 31, 32, 33, 34, 3, 40].map((at) => ({ stream: 'one', events: [eventAt(at, at < 4 ? 'a' : '')] })),
  );
  const whole = correlatingOf(plans);
  expect([...take(whole, taken), ...whole.finish()]).toEqual([]);
  const after = correlatingOf(plans);
  await after.restore(historyOf(taken, []));
  expect(after.finish()).toEqual([]);
  expect(after.watermark).toBe(Infinity);
});
