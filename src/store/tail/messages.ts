import type { Observation } from '../../domain/control.ts';
import type { Finding } from '../../domain/finding.ts';
import type { EventMinute } from '../rollups/event-totals.ts';

/** Rows that wait for a seal, summed up as far as boards ask for them. */
export interface TailRows {
  readonly captures: number;
  readonly events: readonly EventMinute[];
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
  /** How many for each reason. */
  readonly deadLetters: readonly (readonly [reason: string, count: number])[];
}

/** What will be in one seal; undefined while the seal has no number, because more may come. */
export interface TailPart {
  readonly seal: number | undefined;
  readonly rows: TailRows;
}

/**
 * What a writer says of its tail, each message one more than the last. It survives being copied between threads.
 *
 * `whole`: this is all there is, forget what was said before. `more`: this came on top of the part without a number.
 * `frozen`: the part without a number is this seal; a new one begins.
 */
export type TailMessage =
  | {
      readonly kind: 'whole';
      readonly origin: string;
      readonly n: number;
      /** Seals of the writer that are none of the parts. */
      readonly sealed: number;
      readonly parts: readonly TailPart[];
    }
  | { readonly kind: 'more'; readonly origin: string; readonly n: number; readonly rows: TailRows }
  | { readonly kind: 'frozen'; readonly origin: string; readonly n: number; readonly seal: number };
