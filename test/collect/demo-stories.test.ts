import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { demoStories } from '../../src/collect/demo/stories.ts';
import { storyIds } from '../../src/collect/demo/settings.ts';
import { createDetector } from '../../src/detect/detector.ts';
import { findingOf } from '../../src/detect/finding.ts';
import { loadDetections } from '../../src/detect/load.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { captureId } from '../../src/domain/capture.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { compareLevels } from '../../src/domain/severity.ts';
import { DAY_MS } from '../../src/lib/clock.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { eventClasses, normalisers } from '../../src/normalise/registry.ts';
import { batchesOf, settingsOf } from './demo-world.ts';

const start = Date.UTC(2026, 2, 2);
const detections = readDetectionFolder(join(fileURLToPath(new URL('../../', import.meta.url)), 'detections'));
const detector = createDetector(loadDetections(detections).items, eventClasses);
const normalise = createNormalise(normalisers);

interface Day {
  readonly findings: readonly Finding[];
  readonly failures: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
}

/** The whole day through normalisers and detections, without a lake. */
async function playedBy(over: Parameters<typeof batchesOf>[0]): Promise<Day> {
  const findings: Finding[] = [];
  const failures: Record<string, number> = {};
  const events: Record<string, number> = {};
  for await (const batch of batchesOf(over)) {
    for (const capture of batch) {
      const read = normalise(capture);
      for (const { reason } of read.failures) failures[reason] = (failures[reason] ?? 0) + 1;
      for (const { index, fields, record } of read.items) {
        events[fields.class] = (events[fields.class] ?? 0) + 1;
        const event = {
          ...fields,
          id: `${captureId(capture)}-${index}`,
          source: capture.source,
          evidence: { leaf: 0, record: index },
          record,
        };
        findings.push(...detector.detect(event).map(findingOf));
      }
    }
  }
  return { findings, failures, events };
}

const stories = demoStories(settingsOf());
let day: Day;
beforeAll(async () => {
  day = await playedBy({});
});

describe.each(stories)('the story $id', ({ detections: names, resources, from, to }) => {
  test.each(names.map((name) => [name]))(
    'is found by %s, on its own resource and in its own time',
    (name) => {
      const found = day.findings.filter(
        (finding) =>
          finding.detectionName === name &&
          finding.time >= from &&
          finding.time <= to &&
          resources.includes(finding.resourceId ?? ''),
      );
      expect(found.length).toBeGreaterThan(0);
    },
  );
});

test('without stories nothing is found above medium', async () => {
  const { findings } = await playedBy({ stories: false, records: 20_000 });
  const loud = findings.filter(({ level }) => compareLevels(level, 'medium') > 0);
  expect(
    loud.map(({ detectionName, resourceId, operation }) => `${detectionName} ${resourceId} ${operation}`),
  ).toEqual([]);
});

test('with stories nothing is found above medium but what the stories planted', () => {
  const planted = new Set(stories.flatMap((story) => story.detections));
  const loud = day.findings.filter(({ level }) => compareLevels(level, 'medium') > 0);
  expect(
    [...new Set(loud.map(({ detectionName }) => detectionName))].filter((name) => !planted.has(name)),
  ).toEqual([]);
});

/** What is asked of an API, read from pipelines or from flow logs: the day streams diagnostics alone. */
const elsewhere = new Set(['defender_pricing', 'policy_check', 'vnet_flow']);

test('every event class of diagnostics is in the day, and only the planned malformed messages fail', () => {
  const missing = eventClasses
    .map(({ id }) => id)
    .filter((id) => !elsewhere.has(id) && (day.events[id] ?? 0) === 0);
  expect(missing).toEqual([]);
  expect(day.failures).toEqual({ json_invalid: 7, not_an_object: 6, empty: 2 });
});

test('every seed tells all stories, in the same order and within the day', () => {
  for (const seed of ['plumbline', 'a', 'b', 'another tenant']) {
    const told = demoStories(settingsOf({ seed }));
    expect(told.map(({ id }) => id)).toEqual(storyIds);
    expect(told.map(({ from }) => from)).toEqual(told.map(({ from }) => from).toSorted((a, b) => a - b));
    for (const { from, to } of told) {
      expect(from).toBeGreaterThan(start);
      expect(to).toBeGreaterThanOrEqual(from);
      expect(to).toBeLessThan(start + DAY_MS);
    }
  }
});

test.each(['a', 'b', 'another tenant'])(
  'under the seed %j every story is found, and nothing else is loud',
  async (seed) => {
    const { findings } = await playedBy({ seed, records: 6_000 });
    const told = demoStories(settingsOf({ seed }));
    const missed = told.flatMap(({ id, detections: names, resources, from, to }) =>
      names
        .filter(
          (name) =>
            !findings.some(
              ({ detectionName, time, resourceId = '' }) =>
                detectionName === name && time >= from && time <= to && resources.includes(resourceId),
            ),
        )
        .map((name) => `${id}: ${name}`),
    );
    expect(missed).toEqual([]);
    const planted = new Set(told.flatMap((story) => story.detections));
    const loud = findings.filter(
      ({ level, detectionName }) => compareLevels(level, 'medium') > 0 && !planted.has(detectionName),
    );
    expect(loud).toEqual([]);
  },
);

test('a list of stories tells those alone', async () => {
  const only = await playedBy({ stories: ['defender-plan-off'], records: 2_000 });
  const loud = only.findings.filter(({ level }) => compareLevels(level, 'medium') > 0);
  expect(loud.map(({ detectionName }) => detectionName)).toEqual(['defender_plan_disabled']);
  expect(demoStories(settingsOf({ stories: ['defender-plan-off'] })).map(({ id }) => id)).toEqual([
    'defender-plan-off',
  ]);
  expect(demoStories(settingsOf({ stories: false }))).toEqual([]);
});

test('what was mended in the day is seen as mended, what was not stays open', () => {
  const of = (name: string, resource: string): readonly Finding[] =>
    day.findings.filter(
      ({ detectionName, resourceId }) => detectionName === name && resourceId?.includes(resource) === true,
    );
  const opened = of('azure_ai_public_network_access_enabled', 'ai-research').map(({ time }) => time);
  const closed = of('azure_ai_public_network_access_disabled', 'ai-research').map(({ time }) => time);
  expect(Math.max(...closed)).toBeGreaterThan(Math.max(...opened));
  const purgeOff = of('key_vault_purge_protection_disabled', 'kv-train-01').map(({ time }) => time);
  const purgeOn = of('key_vault_purge_protection_enabled', 'kv-train-01').map(({ time }) => time);
  expect(purgeOn.filter((time) => time > Math.min(...purgeOff))).toEqual([]);
});
