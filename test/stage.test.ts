import { expect, test } from 'vitest';
import { PipelineError } from '../src/lib/errors.ts';
import { createMetrics } from '../src/lib/metrics.ts';
import type { Metrics } from '../src/lib/metrics.ts';
import { countStage } from '../src/stage.ts';

/** The samples of the pipeline's own counters that are not zero, as Prometheus reads them. */
const samples = async ({ registry }: Metrics): Promise<string[]> =>
  (await registry.metrics())
    .split('\n')
    .filter((line) => line.includes('stage="') && !line.endsWith(' 0'))
    .map((line) => line.replace(/^\w*?_(?=(received|sent|dropped|errors)\w*\{)/, ''));

test('a stage is counted without doing anything for it: in, out, set aside by reason, failed by code', async () => {
  const metrics = createMetrics();
  const halve = countStage(metrics, 'halve', (input: number) => {
    if (input < 0) throw new PipelineError('STORE_FAILED', 'halve', 'negative');
    if (input > 99) throw new RangeError('too much');
    return { value: input / 2, sent: input % 2 === 0 ? 1 : 0, dropped: input % 2 === 0 ? [] : ['odd'] };
  });
  expect([halve(4), halve(6), halve(7)]).toEqual([2, 3, 3.5]);
  expect(() => halve(-1)).toThrow('negative');
  expect(() => halve(100)).toThrow('too much');
  const text = (await samples(metrics)).join('\n');
  expect(text).toMatch(/received\w*\{stage="halve"\} 5/);
  expect(text).toMatch(/sent\w*\{stage="halve"\} 2/);
  expect(text).toMatch(/dropped\w*\{stage="halve",reason="odd"\} 1/);
  expect(text).toMatch(/errors\w*\{stage="halve",code="STORE_FAILED"\} 1/);
  expect(text).toMatch(/errors\w*\{stage="halve",code="UNEXPECTED"\} 1/);
});
