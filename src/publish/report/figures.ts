import type { Status, StatusStep } from '../../domain/control.ts';

/** How one control stood over the window, in ms. */
export interface Standing {
  readonly windowMs: number;
  readonly byStatus: Readonly<Partial<Record<Status, number>>>;
  /** Part of the window for which no status is known. */
  readonly gapMs: number;
  /** Window without NOT_APPLICABLE: the denominator of `strictMs` and `adjustedMs`. */
  readonly countedMs: number;
  /** PASS alone. */
  readonly strictMs: number;
  /** PASS, ATTESTED, EXCEPTION and AT_RISK. */
  readonly adjustedMs: number;
  /** Everything but NO_EVIDENCE and gaps, out of the whole window. */
  readonly evidencedMs: number;
}

/** Adds up a history. Steps that reach outside the window count only inside it. */
export function standing(history: readonly StatusStep[], from: number, to: number): Standing {
  const byStatus: Partial<Record<Status, number>> = {};
  let knownMs = 0;
  for (const step of history) {
    const lengthMs = Math.max(0, Math.min(step.to, to) - Math.max(step.from, from));
    byStatus[step.status] = (byStatus[step.status] ?? 0) + lengthMs;
    knownMs += lengthMs;
  }
  const windowMs = Math.max(0, to - from);
  const gapMs = Math.max(0, windowMs - knownMs);
  const of = (status: Status): number => byStatus[status] ?? 0;
  return {
    windowMs,
    byStatus,
    gapMs,
    countedMs: windowMs - of('NOT_APPLICABLE'),
    strictMs: of('PASS'),
    adjustedMs: of('PASS') + of('ATTESTED') + of('EXCEPTION') + of('AT_RISK'),
    evidencedMs: windowMs - gapMs - of('NO_EVIDENCE'),
  };
}
