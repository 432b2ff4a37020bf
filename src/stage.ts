import { PipelineError } from './lib/errors.ts';
import type { Metrics } from './lib/metrics.ts';

/** What a stage did with one input: how many items came out, and which were set aside, by reason. */
export interface StageResult<T> {
  readonly value: T;
  readonly sent: number;
  readonly dropped?: readonly string[];
}

/**
 * Wraps a stage so that what it received, sent, dropped and failed at is counted here and nowhere else: a
 * new component is observable from its first day. An input may hold several items; counting them together is
 * cheaper than the stage itself would be for one.
 */
export function countStage<I, O>(
  metrics: Metrics,
  stage: string,
  run: (input: I) => StageResult<O>,
  itemsIn: (input: I) => number = () => 1,
): (input: I) => O {
  const received = metrics.received.labels(stage);
  const sent = metrics.sent.labels(stage);
  return (input) => {
    received.inc(itemsIn(input));
    try {
      const result = run(input);
      if (result.sent > 0) sent.inc(result.sent);
      for (const reason of result.dropped ?? []) metrics.dropped.inc({ stage, reason });
      return result.value;
    } catch (thrown) {
      metrics.errors.inc({ stage, code: thrown instanceof PipelineError ? thrown.code : 'UNEXPECTED' });
      throw thrown;
    }
  };
}
