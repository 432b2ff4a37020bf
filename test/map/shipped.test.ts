import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadDetections } from '../../src/detect/load.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { coverageOf } from '../../src/map/coverage.ts';
import { lintMappings } from '../../src/map/lint.ts';
import { loadMappings } from '../../src/map/load.ts';
import { readMappingFolder } from '../../src/map/read-folder.ts';
import { eventClasses } from '../../src/normalise/registry.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const mappings = loadMappings(readMappingFolder(join(root, 'mappings')));
const detections = loadDetections(readDetectionFolder(join(root, 'detections'))).items.map(
  ({ detection }) => detection,
);
const coverage = coverageOf(mappings, detections);
const framework = (id: string) => mappings.frameworks.find((found) => found.id === id);

test('the shipped mappings load and every reference in them resolves', () => {
  expect(mappings.problems.map(formatProblem)).toEqual([]);
  expect(lintMappings({ mappings, detections, eventClasses }).map(formatProblem)).toEqual([]);
});

describe.each([
  ['soc2', 61, 28],
  ['hipaa', 72, 24],
  ['gdpr', 33, 12],
  ['iso27001', 93, 34],
])('%s', (id, controls, automated) => {
  test(`lists its ${controls} controls`, () => {
    expect(framework(id)?.controls.length).toBe(controls);
  });

  test(`has evidence for at least ${automated} of them`, () => {
    expect(coverage.frameworks.find((found) => found.id === id)?.automated).toBeGreaterThanOrEqual(automated);
  });

  test('gives every mapping a reason of its own', () => {
    const reasons = (framework(id)?.controls ?? []).flatMap((control) =>
      control.mappings.map(({ rationale }) => rationale),
    );
    expect(new Set(reasons).size).toBe(reasons.length);
  });
});

test('the groups of each catalogue have the sizes that independent lists agree on', () => {
  const sizes = (id: string, group: RegExp) => {
    const counts: Record<string, number> = {};
    for (const { ref } of framework(id)?.controls ?? []) {
      const name = group.exec(ref)?.[1] ?? ref;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };
  expect(sizes('soc2', /^([A-Z]+)/)).toEqual({ CC: 33, A: 3, C: 2, PI: 5, P: 18 });
  expect(sizes('hipaa', /^(164\.\d+)/)).toEqual({
    '164.308': 31,
    '164.310': 12,
    '164.312': 12,
    '164.314': 11,
    '164.316': 6,
  });
  expect(sizes('iso27001', /^(A\.\d)/)).toEqual({ 'A.5': 37, 'A.6': 8, 'A.7': 14, 'A.8': 34 });
});

test('nothing claims a physical, personnel or contractual control', () => {
  const beyondTelemetry =
    /^(iso27001:A\.[67]\.|hipaa:164\.310|hipaa:164\.314|soc2:CC1\.|soc2:CC6\.4$|soc2:CC9\.2$)/;
  const claimed = mappings.frameworks
    .flatMap(({ controls }) => controls)
    .filter((control) => beyondTelemetry.test(control.id) && control.mappings.length > 0);
  expect(claimed.map(({ id }) => id)).toEqual([]);
});

test('every assertion serves a control in all four frameworks', () => {
  const missing = coverage.assertions.flatMap(({ id, controls }) =>
    mappings.frameworks
      .filter((one) => !controls.some((control) => control.startsWith(`${one.id}:`)))
      .map((one) => `${id} serves nothing in ${one.id}`),
  );
  expect(missing).toEqual([]);
});

test('at least three detections let a cause clear, and no restoring detection stands alone', () => {
  const restoring = coverage.assertions.filter(({ restoredBy }) => restoredBy.length > 0);
  expect(restoring.length).toBeGreaterThanOrEqual(3);
  expect(restoring.filter((assertion) => assertion.detections.length === 0)).toEqual([]);
});

test('a finding never outlasts its grace unseen: what holds, holds at least as long as its grace', () => {
  expect(mappings.assertions.filter(({ holdsMs, graceMs }) => holdsMs < graceMs)).toEqual([]);
});
