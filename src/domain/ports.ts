import type { Assertion, Observation, Posture } from './control.ts';
import type { Finding } from './finding.ts';
import type { EvidenceSummary, SourceCoverage, UnsealedCounts } from './report.ts';
import type { Level } from './severity.ts';

export interface TimeRange {
  /** Epoch ms, included. */
  readonly from: number;
  /** Epoch ms, not included. */
  readonly to: number;
}

export interface FindingQuery extends TimeRange {
  readonly level?: Level | undefined;
  readonly assertion?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

export type Bucketed = { readonly time: number; readonly key: string; readonly count: number };

/**
 * Reads the lake. Every call sees one snapshot. What waits for a seal shows only where a service answers for the process
 * that takes it in, and an `UnsealedReader` tells it from what is sealed.
 */
export interface EvidenceReader {
  findings(query: FindingQuery): Promise<readonly Finding[]>;
  finding(id: string): Promise<Finding | undefined>;
  /** Findings per bucket and level. */
  findingCounts(range: TimeRange, bucketMs: number): Promise<readonly Bucketed[]>;
  /** Events per bucket and event class. */
  eventCounts(range: TimeRange, bucketMs: number): Promise<readonly Bucketed[]>;
  observations(range: TimeRange): Promise<readonly Observation[]>;
  sources(): Promise<readonly SourceCoverage[]>;
  evidence(): Promise<EvidenceSummary>;
  /** First and last event time in the lake; undefined when it is empty. */
  eventRange(): Promise<TimeRange | undefined>;
}

/** What is taken in and not sealed yet: it may still be lost with the process, and is then read again from its source. */
export interface UnsealedReader {
  counts(): UnsealedCounts;
  hasFinding(id: string): boolean;
  hasObservation(id: string): boolean;
}

/** Computes posture from observations, never from a stored status. */
export interface PostureReader {
  readonly assertions: readonly Assertion[];
  /** `to` is also the moment the status is as known at. */
  posture(range: TimeRange): Promise<Posture>;
  /** Stays the same as long as nothing more is observed; left out where nobody keeps count. */
  version?(): string;
}
