import { compareLevels } from '../domain/severity.ts';
import type { Level } from '../domain/severity.ts';

/** True when a finding of the level or above was made; never without a level. */
export const failsGate = (
  findings: readonly { readonly level: Level }[],
  failOn: Level | undefined,
): boolean => failOn !== undefined && findings.some(({ level }) => compareLevels(level, failOn) >= 0);
