import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allStatuses, panelPath, statusColumn } from '../../src/domain/panels.ts';
import type { MappingStrength, Status } from '../../src/domain/control.ts';
import type { PanelId, PanelRow } from '../../src/domain/panels.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/lib/clock.ts';
import { bucketMsFor, bucketStarts, countsByBucket } from '../../src/serve/panels/buckets.ts';
import { panelRows } from '../../src/serve/panels/registry.ts';
import { NOW, memoryEstate } from '../support/memory-estate.ts';
import { memoryEvidence, memoryPosture } from '../support/memory-readers.ts';
import { T0, aFinding } from '../support/samples.ts';
import { memoryDeps, serve } from '../support/serving.ts';

const week = { from: NOW - 7 * DAY_MS, to: NOW };

const rowsOf = async <P extends PanelId>(
  panel: P,
  framework?: string,
  over: Parameters<typeof memoryDeps>[0] = {},
): Promise<readonly PanelRow<P>[]> => {
  const deps = memoryDeps(over);
  const posture = async () => await deps.posture.posture(week);
  return await panelRows[panel]({ deps, range: week, framework, posture });
};

describe('panels on posture', () => {
  test('the summary says how many controls need attention, and since when', async () => {
    expect(await rowsOf('posture-now', 'soc2')).toMatchObject([
      {
        as_known_at: NOW,
        controls: 5,
        fail: 1,
        no_evidence: 1,
        at_risk: 0,
        pass: 1,
        attested: 1,
        manual_only: 1,
        oldest_failure: T0 + 2 * DAY_MS,
      },
    ]);
    expect(await rowsOf('posture-now', 'gdpr')).toMatchObject([
      { fail: 0, at_risk: 1, oldest_failure: null },
    ]);
  });

  test('status columns always add up to the controls of the row', async () => {
    const rows = [...(await rowsOf('framework-status')), ...(await rowsOf('status-trend'))];
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) {
      const sum = allStatuses.reduce((total, status) => total + row[statusColumn(status)], 0);
      expect(sum).toBe('controls' in row ? row.controls : 7);
    }
  });

  test('the trend begins and ends with the window, oldest first, and ends as the summary says', async () => {
    const trend = await rowsOf('status-trend', 'soc2');
    const times = trend.map(({ time }) => time);
    expect(times[0]).toBe(week.from);
    expect(times.at(-1)).toBe(week.to);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(trend.at(-1)).toMatchObject({ fail: 1, at_risk: 0 });
    expect(trend.find(({ time }) => time >= T0 + DAY_MS)).toMatchObject({ fail: 0, at_risk: 1 });
  });

  test('coverage is of control time, with its denominators', async () => {
    const [soc2, gdpr] = await rowsOf('framework-coverage');
    // Four automated controls over 7 days: one never seen; PASS 1 + (3 + 2) of 28 control days.
    expect(soc2).toMatchObject({ controls: 5, automated: 4, with_evidence: 3, evidence_share: 21 / 28 });
    expect(soc2?.strict_share).toBeCloseTo(6 / 28, 10);
    // AT_RISK 1, EXCEPTION 2 and ATTESTED 7 days more.
    expect(soc2?.adjusted_share).toBeCloseTo(16 / 28, 10);
    expect(soc2?.window_days).toBe(7);
    // NOT_APPLICABLE time is no denominator: 4 of 7 days PASS, then AT_RISK.
    expect(gdpr?.strict_share).toBeCloseTo(4 / 7, 10);
    expect(gdpr?.adjusted_share).toBe(1);
  });

  test('a control that a person attested, or that evidence only supports, is not automated', async () => {
    const one = memoryEstate.planned.controls[0];
    if (one === undefined) throw new Error('the estate has no control');
    const planOf = (ref: string, status: Status, strengths: readonly MappingStrength[]) => ({
      ...one,
      plan: [[0, status]] as const,
      control: { ref, title: ref },
      assertions: strengths.map((strength) => ({ id: 'a.one', strength, status: 'FAIL' as const })),
    });
    const posture = memoryPosture({
      ...memoryEstate.planned,
      controls: [
        planOf('A1', 'ATTESTED', []),
        planOf('A2', 'ATTESTED', ['supporting']),
        planOf('A3', 'FAIL', ['supporting']),
        planOf('A4', 'FAIL', ['partial', 'supporting']),
        planOf('A5', 'PASS', ['full']),
      ],
    });
    const [row] = await rowsOf('framework-coverage', 'soc2', { posture });
    expect(row).toMatchObject({ controls: 5, automated: 2, with_evidence: 2, strict_share: 1 / 2 });
    const shown = await rowsOf('control-history', 'soc2', { posture });
    expect(shown.map(({ control }) => control)).toEqual(['soc2:A3', 'soc2:A4', 'soc2:A5']);
  });

  test('control history has every change once, in order, without controls that people judge alone', async () => {
    const rows = await rowsOf('control-history', 'soc2');
    expect(rows.filter(({ control }) => control === 'soc2:CC6.1')).toEqual([
      { time: T0, control: 'soc2:CC6.1', status: 'PASS' },
      { time: T0 + DAY_MS, control: 'soc2:CC6.1', status: 'AT_RISK' },
      { time: T0 + 2 * DAY_MS, control: 'soc2:CC6.1', status: 'FAIL' },
    ]);
    expect(rows.some(({ control }) => control === 'soc2:CC1.1')).toBe(false);
  });

  test('control history shows whole controls only when there are more than fit', async () => {
    const plan = Array.from(
      { length: 300 },
      (_, index) => [T0 + index * 30 * MINUTE_MS, index % 2 ? 'PASS' : 'FAIL'] as const,
    );
    const one = memoryEstate.planned.controls[0];
    if (one === undefined) throw new Error('the estate has no control');
    const planOf = (ref: string) => ({ ...one, plan, control: { ref, title: ref } });
    const controls = ['A1', 'A2', 'A3', 'A4', 'A5'].map(planOf);
    const posture = memoryPosture({ ...memoryEstate.planned, controls });
    const rows = await rowsOf('control-history', 'soc2', { posture });
    const counts = Map.groupBy(rows, ({ control }) => control);
    expect([...counts.values()].map(({ length }) => length)).toEqual([300, 300, 300]);
  });

  test('attention lists the worst first, with owner and the assertions that are not met', async () => {
    const rows = await rowsOf('controls-attention');
    expect(rows.map(({ status, control }) => `${status} ${control}`)).toEqual([
      'FAIL CC6.1',
      'NO_EVIDENCE CC7.2',
      'AT_RISK 32(1)(b)',
    ]);
    expect(rows[0]).toMatchObject({ owner: 'platform', assertions: 'logging.diagnostic-settings.kept' });
    const nameless = memoryPosture({ ...memoryEstate.planned, assertions: [] });
    expect((await rowsOf('controls-attention', 'soc2', { posture: nameless }))[0]?.owner).toBe('not named');
  });

  test('frameworks are offered by title, and asked for by id', async () => {
    expect(await rowsOf('frameworks')).toEqual([
      { text: 'SOC 2', value: 'soc2' },
      { text: 'GDPR', value: 'gdpr' },
    ]);
  });
});

describe('panels on evidence', () => {
  test('a finding is open while its assertion is not met on the same resource', async () => {
    const rows = await rowsOf('findings-open');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows)
      expect(row).toMatchObject({
        resource: 'AI account aoai-clinical',
        status: 'FAIL',
        actor: 'ada@example.com',
      });
    expect(rows[0]?.level).toBe('critical');
  });

  test('a finding without a name for actor and resource says unknown', async () => {
    const nameless = aFinding({
      resourceId: undefined,
      actor: { id: undefined, name: undefined, ip: undefined, type: 'unknown' },
    });
    const planned = memoryEstate.planned;
    const [state] = planned.states;
    const [part] = state?.resources ?? [];
    if (state === undefined || part === undefined) throw new Error('the estate has no failing resource');
    const states = [{ ...state, resources: [{ ...part, resource: nameless.tenantId ?? '' }] }];
    const [row] = await rowsOf('findings-open', undefined, {
      evidence: memoryEvidence({ ...memoryEstate.lake, findings: [nameless] }),
      posture: memoryPosture({ ...planned, states }),
    });
    expect(row).toMatchObject({ resource: 'unknown', actor: 'unknown' });
  });

  test('counts over time lose nothing and show silence as zero', async () => {
    const findings = await rowsOf('findings-over-time');
    const sum = findings.reduce(
      (total, row) => total + row.critical + row.high + row.medium + row.low + row.informational,
      0,
    );
    expect(sum).toBe(memoryEstate.lake.findings.filter(({ time }) => time < NOW).length);
    const events = await rowsOf('events-over-time');
    expect(events.reduce((total, row) => total + row.events, 0)).toBe(600);
    expect(events.some((row) => row.events === 0)).toBe(true);
    const classes = new Set(events.map((row) => row.class));
    expect(events.length % classes.size).toBe(0);
  });

  test('the log says whether it was verified', async () => {
    const verification = async (verified: { at: number; ok: boolean; faults: number } | undefined) =>
      (
        await rowsOf('evidence-log', undefined, {
          evidence: memoryEvidence({
            ...memoryEstate.lake,
            summary: { ...memoryEstate.lake.summary, verified },
          }),
        })
      )[0];
    expect(await verification({ at: NOW, ok: true, faults: 0 })).toMatchObject({
      verification: 'verified',
      dead_letters: 7,
    });
    expect(await verification({ at: NOW, ok: false, faults: 3 })).toMatchObject({
      verification: 'faults found',
      faults: 3,
    });
    expect(await verification(undefined)).toMatchObject({
      verification: 'not verified yet',
      verified_at: null,
      faults: null,
    });
  });

  test('dead letters come with the most frequent reason first', async () => {
    expect(await rowsOf('dead-letters')).toEqual([
      { reason: 'record_not_object', count: 5 },
      { reason: 'json_invalid', count: 2 },
    ]);
  });

  test('sources say how old their newest event is', async () => {
    const [activity] = await rowsOf('sources');
    expect(activity).toMatchObject({ source: 'activity', title: 'Activity Log', missing: 6, coerced: 12 });
    expect(activity?.age).toBe((NOW - (activity?.last_event ?? 0)) / 1000);
  });
});

describe('the row cap', () => {
  test('is stated, and so is how much lies beyond it', async () => {
    const reasons = Array.from({ length: 1003 }, (_, index) => ({ reason: `reason_${index}`, count: 1 }));
    const served = await serve({
      evidence: memoryEvidence({
        ...memoryEstate.lake,
        summary: { ...memoryEstate.lake.summary, deadLetters: reasons },
      }),
    });
    const response = await served.get(panelPath('dead-letters'));
    expect(await response.json()).toHaveLength(1000);
    expect(response.headers.get('x-plumbline-row-cap')).toBe('1000');
    expect(response.headers.get('x-plumbline-rows-left-out')).toBe('3');
    await served.stop();
  });
});

describe('buckets', () => {
  test('are round and never more than ninety', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 400 * DAY_MS }),
        (from, span) => {
          const range = { from, to: from + span };
          const bucketMs = bucketMsFor(range);
          const starts = bucketStarts(range, bucketMs);
          expect(starts.length).toBeLessThanOrEqual(91);
          expect(starts[0]).toBeLessThanOrEqual(from);
          expect((starts.at(-1) ?? 0) + bucketMs).toBeGreaterThanOrEqual(range.to);
          for (const start of starts) expect(start % bucketMs).toBe(0);
        },
      ),
    );
    expect(bucketMsFor({ from: 0, to: HOUR_MS })).toBe(MINUTE_MS);
    expect(bucketMsFor({ from: 0, to: 400 * DAY_MS }, 10)).toBe(40 * DAY_MS);
  });

  test('counts that fall into one bucket are added', () => {
    const count = countsByBucket(
      [
        { time: 0, key: 'a', count: 1 },
        { time: 59_999, key: 'a', count: 2 },
        { time: 60_000, key: 'a', count: 4 },
      ],
      60_000,
    );
    expect([count(0, 'a'), count(60_000, 'a'), count(0, 'b')]).toEqual([3, 4, 0]);
  });
});
