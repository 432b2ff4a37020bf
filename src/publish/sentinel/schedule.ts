import type { Level } from '../../domain/severity.ts';
import { minutesOf } from './template.ts';

export interface Schedule {
  /** `5m` */
  readonly every: string;
  /** How far each run looks back, `1h`. */
  readonly over: string;
}

/**
 * How often a rule runs and how far it looks back. The query takes rows by when they reached the workspace, so the
 * longer look-back catches late records (Activity Log: 3 to 20 minutes) and no row is counted twice. Microsoft's own
 * pattern: learn.microsoft.com/azure/sentinel/ingestion-delay.
 */
export const schedules: Readonly<Record<Level, Schedule>> = {
  critical: { every: '5m', over: '1h' },
  high: { every: '5m', over: '1h' },
  medium: { every: '15m', over: '2h' },
  low: { every: '1h', over: '4h' },
  informational: { every: '1h', over: '4h' },
};

/** Sentinel runs a rule that looks back two days or more once an hour at most. */
const longPeriodMinutes = 2 * 1440;

/**
 * The same for a correlation, which has to see whole windows: the look-back grows by them. More than 14 days is
 * answered as it is; the limits refuse it.
 *
 * @param reachMs length of the window, with those of the correlations it names, ms.
 */
export function correlationSchedule(level: Level, reachMs: number): Schedule {
  const { every, over } = schedules[level];
  const minutes = (minutesOf(over) ?? 0) + Math.ceil(reachMs / 60_000);
  return {
    every: minutes >= longPeriodMinutes ? '1h' : every,
    over: `${Math.ceil(minutes / 60)}h`,
  };
}
