import type { Config } from '../config.ts';
import { MINUTE_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Files } from '../store/files.ts';
import type { Lake } from '../store/lake.ts';
import { createKeeper } from '../store/maintain/keeper.ts';
import type { Io } from './io.ts';
import { readTerms, retentionNow } from './retention-terms.ts';

export interface KeepingParts {
  readonly io: Pick<Io, 'productFolder'>;
  readonly config: Config;
  readonly lake: Lake;
  readonly files: Files;
  /** Of the writer's log. */
  readonly origin: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** How often the service looks whether something is due. */
const EVERY_MS = 10 * MINUTE_MS;
/** A service that starts has better things to do first. */
const FIRST_MS = 3000;

/**
 * Looks after the lake's files beside a running flow, until disposed of; it ends behind what it has committed by then.
 *
 * @throws ProblemsError when retention is automatic and its rules cannot be read.
 */
export function keepLake(parts: KeepingParts, everyMs = EVERY_MS, firstMs = FIRST_MS): AsyncDisposable {
  const { io, config, lake, files, origin, clock, metrics, log } = parts;
  const { automatic, grace } = config.retention;
  const terms = automatic ? readTerms(io, config) : [];
  const given = { by: 'plumbline run', approvedBy: 'retention.automatic of the configuration' };
  const ending = new AbortController();
  const keeper = createKeeper({
    lake,
    files,
    origin,
    compactFrom: config.lake.compactFrom,
    graceMs: grace,
    retention: automatic ? (now) => retentionNow(terms, config, now, given).about(origin) : undefined,
    signal: ending.signal,
    tell(kept) {
      metrics.upkeep.inc({ task: kept.task, outcome: kept.outcome });
      if (kept.outcome === 'failed') {
        log.error(
          { task: kept.task, problem: describeError(kept.problem) },
          'upkeep: failed, and is tried again',
        );
        return;
      }
      metrics.upkeepFiles.inc({ task: kept.task }, kept.files);
      if (kept.files > 0) log.info({ task: kept.task, files: kept.files }, 'upkeep: done');
    },
  });
  let keeping: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number): void => {
    timer = setTimeout(() => {
      keeping = keeper.keep(clock()).finally(() => {
        if (!ending.signal.aborted) wait(everyMs);
      });
    }, ms);
    timer.unref();
  };
  wait(firstMs);
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      clearTimeout(timer);
      await keeping.catch(() => undefined);
    },
  };
}
