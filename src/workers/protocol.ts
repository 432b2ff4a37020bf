import type { Config } from '../config.ts';
import type { Tapped } from '../domain/tap.ts';
import type { LogLevel } from '../lib/log.ts';
import type { Passed, PipelineTotals } from '../pipeline.ts';
import type { ComponentHealth } from '../serve/deps.ts';
import type { DrainEnd } from './drain.ts';

/** What a worker thread is started with. Everything in it survives being copied between threads. */
export interface WorkerTask {
  /** Counts from 1. */
  readonly number: number;
  readonly count: number;
  /** With the sources that this worker reads, and the writer's name that it writes under. */
  readonly config: Config;
  readonly logLevel: LogLevel;
  readonly productFolder: string;
  readonly productVersion: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Metrics as prom-client writes and adds them up. */
export type MetricSnapshot = readonly object[];

export interface WorkerReport {
  readonly health: readonly ComponentHealth[];
  readonly metrics: MetricSnapshot;
  readonly totals: Readonly<PipelineTotals>;
}

/** What a worker tells the main thread. */
export type WorkerMessage =
  | { readonly kind: 'open' }
  /** Durable by now: for people to be told of, and to be seen across streams. */
  | { readonly kind: 'sealed'; readonly passed: Passed }
  /** Went by while the tap was open. */
  | { readonly kind: 'tapped'; readonly tapped: Tapped }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'ended'; readonly end: DrainEnd; readonly report: WorkerReport }
  /** The lake cannot be written any more, by any start of this process that changes nothing. */
  | { readonly kind: 'refused'; readonly code: 'LAKE_CONFLICT' | 'LAKE_CORRUPT'; readonly problem: string };

/** What the main thread says. */
export const STOP = 'stop';
export const OPEN_TAP = 'open-tap';
export const CLOSE_TAP = 'close-tap';
