import type { Level } from './severity.ts';

/** What people are told about: the findings of one cause. */
export interface Incident {
  /** The dedup key: the same for the same cause, `inc-…`. */
  readonly key: string;
  readonly title: string;
  readonly level: Level;
  readonly assertion: string;
  readonly resourceId: string | undefined;
  readonly state: 'open' | 'resolved';
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
  /** Newest last, at most 20. */
  readonly findingIds: readonly string[];
  /** Control ids the cause bears on: attributes, never alerts of their own. */
  readonly controls: readonly string[];
  readonly runbook: string;
}
