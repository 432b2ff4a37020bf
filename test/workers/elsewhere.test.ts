import { expect, test } from 'vitest';
import { asMatched } from '../../src/detect/correlate/correlator.ts';
import type { Passed } from '../../src/pipeline.ts';
import { createElsewhere } from '../../src/workers/elsewhere.ts';
import { correlationText, plansOf } from '../detect/correlate/support.ts';
import { aDetection, aFinding, anEvent } from '../support/samples.ts';

test('what a worker passes on can be sent to another thread, and says there what it said here', () => {
  const sent: Passed[] = [];
  const { desk, outbox, correlating } = createElsewhere((passed) => void sent.push(passed));
  const plans = plansOf(
    correlationText('type: temporal_ordered\nrules: [rule_a, rule_b]\ngroup-by: []\ntimespan: 1m'),
  );
  const correlator = correlating({
    items: plans.plans.map((plan) => ({ plan, detection: aDetection(), isSilent: false })),
    uses: new Map(),
    silent: new Set(),
    reachMs: plans.reachMs,
    problems: [],
  });
  const event = anEvent({ record: { operationName: 'KeyPurge' } });
  const match = { detection: aDetection(), event, why: () => [] };
  desk.observe([aFinding()]);
  expect(correlator.take({ stream: 'hub/0', receivedAt: 1 }, [event], [asMatched(event, [match])])).toEqual(
    [],
  );
  outbox.cut()();
  outbox.cut()();
  expect(sent).toHaveLength(1);
  expect(structuredClone(sent)).toEqual(sent);
  expect(sent[0]?.arrivals[0]?.matched).toEqual([{ event, detections: [match.detection] }]);
});
