import type { Observation } from '../../domain/control.ts';
import type { DeadLetter, Event } from '../../domain/event.ts';
import type { Finding } from '../../domain/finding.ts';

/**
 * Is told, row by row, of everything that waits for a seal. It is told in the middle of the intake: it must be quick, and
 * must not throw.
 */
export interface LakeWatch {
  /** The writer takes up its lake, in which it has made so many seals. */
  opened(seals: number): void;
  capture(): void;
  readonly event: (row: Event) => void;
  readonly finding: (row: Finding) => void;
  readonly observation: (row: Observation) => void;
  readonly deadLetter: (row: DeadLetter) => void;
  /** What came so far will be in this seal of the writer; what comes from now on, in a later one. */
  frozen(seal: number): void;
  /** The seal is true: whoever reads the lake finds it there. */
  sealed(seal: number): void;
  /** Nothing of what came since the last true seal will be sealed. What is added again is told again. */
  dropped(): void;
}
