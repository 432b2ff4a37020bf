import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../cli/engine.ts';
import type { Lag } from '../collect/collector.ts';
import type { CollectorSettings } from '../collect/registry.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { ComponentHealth } from '../serve/deps.ts';

export type SaySource = (name: string, state: ComponentHealth['state'], detail: string) => void;

export interface SourceParts {
  readonly name: string;
  readonly settings: CollectorSettings;
  readonly engine: Engine;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly say: SaySource;
  /** Told of everything that stopped the source. */
  readonly met: (thrown: unknown) => void;
  /** Where the source says how far it is behind. */
  readonly lags: Map<string, () => readonly Lag[]>;
}

/** A source that stopped for a reason that may pass starts again after this, from its last durable cursor; later each time. */
const FIRST_RESTART_MS = SECOND_MS;
const MOST_RESTART_MS = 60 * SECOND_MS;

/** Reads one source to its end, or until the signal aborts; answers whether all of it could be read. */
export async function runSource({
  name,
  settings,
  engine,
  log,
  metrics,
  signal,
  say,
  met,
  lags,
}: SourceParts): Promise<boolean> {
  for (let wait = FIRST_RESTART_MS; ; wait = Math.min(MOST_RESTART_MS, wait * 2)) {
    say(name, 'ok', 'collecting');
    try {
      const collector = engine.collectorFor(name, settings);
      lags.set(name, () => [...(collector.lag?.().values() ?? [])]);
      await engine.pipeline.run(collector, () => (wait = FIRST_RESTART_MS));
      const problems = collector.problems?.() ?? [];
      for (const problem of problems)
        log.warn({ source: name, problem }, 'source: not all of it could be read');
      if (problems.length > 0) say(name, 'degraded', `${problems.length} inputs could not be read`);
      else say(name, 'ok', 'read to its end');
      return problems.length === 0;
    } catch (thrown) {
      const isForGood = thrown instanceof PipelineError && !thrown.isTransient;
      const isTaken = thrown instanceof PipelineError && thrown.code === 'STREAM_TAKEN';
      metrics.sourceErrors.inc({
        source: name,
        code: thrown instanceof PipelineError ? thrown.code : 'UNEXPECTED',
      });
      if (isTaken) log.warn({ source: name, problem: describeError(thrown) }, 'source: taken over');
      else log.error({ source: name, problem: describeError(thrown) }, 'source: stopped');
      met(thrown);
      if (isForGood) say(name, 'down', 'stopped by an error; see the log');
      else say(name, isTaken ? 'ok' : 'down', 'stopped; starts again soon');
      if (isForGood) return false;
      // The process ends, or the lake is opened anew: what was not sealed is taken up again then.
      if (signal.aborted) return isTaken;
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return false;
    } finally {
      lags.delete(name);
    }
  }
}

/** Waits for a store that fails, longer each time, as long as nobody asks to end. */
export const storePatience =
  (signal: AbortSignal) =>
  async (failure: unknown, attempt: number): Promise<boolean> => {
    if (!(failure instanceof PipelineError) || failure.code !== 'STORE_FAILED' || signal.aborted)
      return false;
    const wait = Math.min(10 * SECOND_MS, 250 * 2 ** Math.min(attempt, 10));
    await sleep(wait, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };
