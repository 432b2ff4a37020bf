import type { JsonObject } from '../../../src/lib/json.ts';

/** Records, as Azure writes them, that a public rule is to fire on, and near misses that it is to leave alone. */
export interface RuleCase {
  readonly fires: readonly JsonObject[];
  readonly misses: readonly JsonObject[];
}

/** By the file name of the rule, without its ending. */
export type RuleCases = Readonly<Record<string, RuleCase>>;

export const tenant = '00000000-0000-0000-0000-0000000000aa';
export const subscription = '00000000-0000-0000-0000-0000000000bb';
export const guid = (number: number): string =>
  `00000000-0000-0000-0000-${number.toString(16).padStart(12, '0')}`;
