import { expect, test } from 'vitest';
import { runKills } from './kills.ts';

test('a service that is killed again and again, at any point, ends with every record once', async () => {
  const { faults, exitCode, records } = await runKills({
    seed: 'short',
    kills: 2,
    workers: 1,
    lookEvery: 1,
  });
  expect(faults).toEqual([]);
  expect(exitCode).toBe(0);
  expect(records).toBeGreaterThan(300);
}, 120_000);

test('so does one with two worker threads', async () => {
  const { faults, exitCode } = await runKills({ seed: 'threads', kills: 1, workers: 2, lookEvery: 1 });
  expect(faults).toEqual([]);
  expect(exitCode).toBe(0);
}, 120_000);
