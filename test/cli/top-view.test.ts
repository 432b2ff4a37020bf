import fc from 'fast-check';
import { Registry, Counter } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { readMetrics } from '../../src/cli/metrics-text.ts';
import { renderView, viewOf } from '../../src/cli/top-view.ts';
import type { Look } from '../../src/cli/top-view.ts';
import { styleFor } from '../../src/cli/text.ts';
import { createMetrics } from '../../src/lib/metrics.ts';

const AT = Date.UTC(2026, 2, 2, 9);

async function look(at: number, records: number, over: Partial<Look> = {}): Promise<Look> {
  const metrics = createMetrics();
  metrics.sourceRecords.inc({ source: 'hub' }, records);
  metrics.sourceBytes.inc({ source: 'hub' }, records * 1024);
  metrics.behind.set({ source: 'hub' }, 1200);
  metrics.lastEventTime.set({ source: 'hub' }, (at - 90_000) / 1000);
  metrics.messages.inc({ source: 'hub', outcome: 'dead_lettered' }, 3);
  metrics.received.inc({ stage: 'detect' }, records);
  metrics.dropped.inc({ stage: 'normalise', reason: 'json_invalid' }, 3);
  metrics.findings.inc({ level: 'critical' }, 2);
  metrics.sealSeconds.observe(0.2);
  metrics.sealSeconds.observe(40);
  metrics.workerLoad.set({ worker: '1' }, 0.34);
  return {
    at,
    samples: readMetrics(await metrics.registry.metrics()),
    status: 'degraded',
    components: [
      { name: 'store', state: 'ok', detail: 'takes evidence' },
      { name: 'hub', state: 'ok', detail: 'collecting' },
      { name: 'posture', state: 'down', detail: 'stopped; starts again soon' },
    ],
    ...over,
  };
}

describe('what top shows', () => {
  test('are rates between two looks, ages, and what does not work', async () => {
    const view = viewOf(await look(AT + 2000, 5000), await look(AT, 1000));
    expect(view.sources).toEqual([
      {
        source: 'hub',
        state: 'ok',
        recordsPerSecond: 2000,
        bytesPerSecond: 2000 * 1024,
        behind: 1200,
        newestEventMs: 90_000,
        deadLetters: 3,
        errors: 0,
      },
      expect.objectContaining({ source: 'posture', state: 'down', behind: undefined, recordsPerSecond: 0 }),
    ]);
    expect(view.sealSeconds).toEqual({ p50: 0.25, p95: Infinity });
    expect(view.troubles).toEqual(['posture: stopped; starts again soon']);
    expect(renderView(view, 'http://127.0.0.1:4690', styleFor(false))).toMatchInlineSnapshot(`
      "Plumbline at http://127.0.0.1:4690, degraded

      Source   State  Records/s  Bytes/s  Behind  Newest event  Dead letters  Errors
      hub      ok         2,000  2.0 MiB   1,200  1 m 30 s ago             3       0
      posture  down           0      0 B       –             –             0       0

      Stage    In/s  Out/s  Dropped
      detect  2,000      0        0

      Findings  2 critical, 0 high, 0 medium, 0 low, 0 info
      Evidence  0 leaves, 2 seals (half ≤ 0.25 s, 95 % > 30 s), 0 failed
      Waiting   0 rows, 0 B
      Workers   34 % busy
      ✕ posture: stopped; starts again soon"
    `);
  });

  test('has no rates on the first look, and none below zero after a restart', async () => {
    expect(viewOf(await look(AT, 1000), undefined).sources[0]?.recordsPerSecond).toBeUndefined();
    expect(viewOf(await look(AT + 1000, 10), await look(AT, 1000)).sources[0]?.recordsPerSecond).toBe(0);
  });
});

describe('the Prometheus text', () => {
  test('that prom-client writes is read back, whatever a label holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0 }), async (text, value) => {
        const registry = new Registry();
        const counter = new Counter({
          name: 'a_total',
          help: 'help',
          labelNames: ['x', 'y'],
          registers: [registry],
        });
        counter.inc({ x: text, y: 'a"b\\n\\' }, value);
        expect(readMetrics(await registry.metrics())).toEqual([
          { name: 'a_total', labels: { x: text, y: 'a"b\\n\\' }, value },
        ]);
      }),
    );
  });

  test('has infinities, and lines that are none of it', () => {
    expect(readMetrics('# HELP a b\n\nx +Inf\ny{le="0.5"} -Inf 1700000000\nbroken\n{}\n')).toEqual([
      { name: 'x', labels: {}, value: Infinity },
      { name: 'y', labels: { le: '0.5' }, value: -Infinity },
    ]);
  });
});
