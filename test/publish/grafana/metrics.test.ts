import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from '../../../src/lib/metrics.ts';
import type { BoardFile } from '../../support/boards.ts';
import { moveMetrics } from '../../support/memory-estate.ts';
import { expressionsOf, hasPrometheus, metricProblems, startPrometheus } from '../../support/prometheus.ts';
import type { Prometheus } from '../../support/prometheus.ts';
import { TOKEN, serve } from '../../support/serving.ts';
import type { Served } from '../../support/serving.ts';
import { boardCalled } from './generated.ts';

const isThere = hasPrometheus();
if (!isThere) {
  const reason = 'prometheus is not installed (Debian: apt install prometheus)';
  if (process.env['CI'] === 'true') throw new Error(`${reason}; CI needs it`);
  console.log(`skipped: ${reason}`);
}

describe.skipIf(!isThere)('a real Prometheus that scrapes the service', () => {
  const board = boardCalled('Pipeline health');
  let served: Served;
  let prometheus: Prometheus;
  let moving: NodeJS.Timeout;
  beforeAll(async () => {
    const metrics = createMetrics();
    moveMetrics(metrics);
    moving = setInterval(() => moveMetrics(metrics), 200);
    served = await serve({ metrics });
    prometheus = await startPrometheus(new URL(served.url).host, TOKEN);
  });
  afterAll(async () => {
    clearInterval(moving);
    await prometheus.stop();
    await served.stop();
  });

  test('understands every expression of the boards and has an answer to each', async () => {
    expect(expressionsOf(board).length).toBeGreaterThan(12);
    expect(await metricProblems(board, prometheus)).toEqual([]);
  });

  test('refuses a wrong expression, and an unknown metric answers nothing', async () => {
    const panel = board.panels.find(({ title }) => title === 'Seal time');
    const broken = (expr: string): BoardFile => ({
      ...board,
      panels:
        panel === undefined
          ? []
          : [{ ...panel, targets: [{ refId: 'A', datasource: { type: 'prometheus', uid: '' }, expr }] }],
    });
    expect((await metricProblems(broken('sum(rate('), prometheus)).join()).toContain('parse error');
    expect(await metricProblems(broken('plumbline_nothing'), prometheus)).toHaveLength(1);
    const quiet = new Set(['Seal time']);
    expect(await metricProblems(broken('plumbline_nothing'), prometheus, quiet)).toEqual([]);
  });

  test('fills the variables of the board', async () => {
    expect(await prometheus.labelValues('job')).toEqual(['plumbline']);
    expect(await prometheus.labelValues('instance')).toEqual([new URL(served.url).host]);
    const queries = board.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [query] : []));
    const selectors = queries.flatMap((query) => /^label_values\((.+), \w+\)$/.exec(query)?.[1] ?? []);
    expect(selectors).toHaveLength(2);
    for (const selector of selectors)
      expect(await prometheus.query(selector.replace('$job', '.+'))).not.toEqual([]);
  });
});
