import { expect, test } from 'vitest';
import { createCorrelating } from '../../../src/detect/correlate/correlating.ts';
import { tieCorrelations } from '../../../src/detect/correlate/tie.ts';
import { loadDetections } from '../../../src/detect/load.ts';
import { readDetectionFolder } from '../../../src/detect/read-folder.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { formatProblem } from '../../../src/lib/errors.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { evaluate } from '../../../src/sigma/evaluate.ts';
import { sigmaSchema } from '../../support/sigma-schema.ts';
import { anEvent, T0 } from '../../support/samples.ts';

const texts = readDetectionFolder('detections');
const loaded = loadDetections(texts);
const tied = tieCorrelations(loaded.correlations, loaded.items);

interface Step {
  /** Minutes after the start. */
  readonly at: number;
  /** The detection that has to match the record. */
  readonly rule: string;
  readonly record: JsonObject;
}

const account = (name: string): string =>
  `/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG-AI/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/${name}`;

const keyListed = (at: number): Step => ({
  at,
  rule: 'azure_openai_keys_listed',
  record: {
    resourceId: account('AOAI-CLINICAL'),
    operationName: 'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/LISTKEYS/ACTION',
    category: 'Administrative',
    resultType: 'Success',
  },
});

const keyUsed = (at: number): Step => ({
  at,
  rule: 'azure_openai_key_used_from_public_network',
  record: {
    resourceId: account('aoai-clinical'),
    category: 'RequestResponse',
    callerIpAddress: '203.0.113.***',
    resultSignature: '200',
    properties: { objectId: '', requestLength: 900, responseLength: 700 },
  },
});

function findingsOf(steps: readonly Step[]): readonly Finding[] {
  const correlating = createCorrelating({
    correlations: tied,
    latenessMs: 0,
    idleAfterMs: Infinity,
    lost: () => undefined,
  });
  const found = steps.flatMap(({ at, rule, record }, index) => {
    const item = loaded.items.find(({ detection }) => detection.name === rule);
    if (item === undefined || !evaluate(item.rule, record).matched)
      throw new Error(`${rule} does not match ${index}`);
    const event = anEvent({ id: `event-${String(index).padStart(3, '0')}`, time: T0 + at * 60_000, record });
    const message = { stream: 'one', receivedAt: T0 + 10 * 86_400_000 };
    return correlating.take(message, [event], [{ event, detections: [item.detection] }]);
  });
  return [...found, ...correlating.finish()].map(({ finding }) => finding);
}

test('a listed key that is used outside makes one critical finding that names both events', () => {
  const [finding, ...others] = findingsOf([keyListed(0), keyUsed(30), keyUsed(31)]).filter(
    ({ detectionName }) => detectionName === 'azure_openai_key_listed_then_used',
  );
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ level: 'critical', eventId: 'event-001', time: T0 + 30 * 60_000 });
  expect(finding?.matched).toEqual([
    { field: 'temporal_ordered', value: '2', test: 'of 2 rules in order >= 2 within 4h' },
    { field: 'window', value: '2026-03-02T09:00:00.000Z/2026-03-02T09:30:00.000Z', test: 'at most 4h' },
    { field: 'resourceId', value: account('aoai-clinical').toLowerCase(), test: 'the same for all' },
    { field: 'events', value: '2', test: 'in the window' },
    { field: 'event', value: 'event-000', test: 'part of the window' },
    { field: 'event', value: 'event-001', test: 'part of the window' },
  ]);
});

test('every shipped correlation loads, ties to its rules and leaves their findings alone', () => {
  expect([...loaded.problems, ...tied.problems].map(formatProblem)).toEqual([]);
  expect([...tied.silent]).toEqual([]);
  expect(new Set(tied.items.map(({ plan }) => plan.correlation.type)).size).toBe(7);
});

test('every shipped correlation is valid by the JSON Schema of the specification', () => {
  const check = sigmaSchema('correlation-rules');
  const faults = texts
    .filter(({ file }) => file.includes('/correlations/'))
    .flatMap(({ file, text }) => (check?.(text) ?? []).map((fault) => `${file}: ${fault}`));
  expect(faults).toEqual([]);
});
