import { beforeAll, describe, expect, test } from 'vitest';
import { faultKinds, faultSchedule } from '../../support/amqp/faults.ts';
import { runSchedule } from '../../support/amqp/scheduled-run.ts';
import type { ScheduledRun } from '../../support/amqp/scheduled-run.ts';

/** Few that hold every kind of fault between them. The long form, `schedules.long.ts`, runs 200. */
const SEEDS = ['s1', 's2', 's13', 's27'];

describe('two processes that share a hub and a lake', { timeout: 120_000 }, () => {
  let undisturbed: ScheduledRun;
  beforeAll(async () => {
    undisturbed = await runSchedule(undefined);
  });

  test('undisturbed, hold every message once, and the lake verifies', () => {
    const { captures, isVerified, faults } = undisturbed.evidence;
    expect({ isVerified, faults }).toEqual({ isVerified: true, faults: [] });
    expect(new Set(captures).size).toBe(captures.length);
    expect(captures).toHaveLength(120);
  });

  test.concurrent.each(SEEDS)(
    'under the faults of seed %s hold the same evidence, with the same roots',
    async (seed) => {
      const { evidence } = await runSchedule(seed);
      expect(evidence.captures).toEqual(undisturbed.evidence.captures);
      expect(evidence.roots).toEqual(undisturbed.evidence.roots);
      expect({ isVerified: evidence.isVerified, faults: evidence.faults }).toEqual({
        isVerified: true,
        faults: [],
      });
    },
  );

  test('the schedules of these seeds hold every kind of fault', () => {
    const size = { deliveries: 120, partitions: 3, strikes: 8 };
    const kinds = SEEDS.flatMap((seed) => faultSchedule(seed, size).map(({ fault }) => fault.kind));
    expect(new Set(kinds)).toEqual(new Set(faultKinds));
  });
});
