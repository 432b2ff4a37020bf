import type { Level } from '../domain/severity.ts';
import type { JsonValue } from '../lib/json.ts';
import { at } from './plan.ts';
import type { CheckReport, CheckResult } from './result.ts';

export const textAt = (value: JsonValue | undefined, ...keys: readonly string[]): string | undefined => {
  let here = value;
  for (const key of keys) here = at(here, key);
  return typeof here === 'string' && here !== '' ? here : undefined;
};
export const numberAt = (value: JsonValue | undefined, key: string): number | undefined => {
  const found = at(value, key);
  return typeof found === 'number' ? found : undefined;
};

const levelWords: ReadonlyMap<string, Level> = new Map([
  ['critical', 'critical'],
  ['high', 'high'],
  ['error', 'high'],
  ['medium', 'medium'],
  ['moderate', 'medium'],
  ['warning', 'medium'],
  ['low', 'low'],
  ['note', 'low'],
  ['info', 'informational'],
  ['informational', 'informational'],
  ['none', 'informational'],
]);
/** The level a tool's word means. */
export const levelOf = (word: string | undefined, otherwise: Level): Level =>
  levelWords.get((word ?? '').toLowerCase()) ?? otherwise;

/** A result of another tool, with what most do not say left out. */
export const result = (
  over: Pick<CheckResult, 'tool' | 'rule' | 'title' | 'outcome' | 'level' | 'resource' | 'detail'> &
    Partial<CheckResult>,
): CheckResult => ({
  guardrail: undefined,
  assertion: undefined,
  resourceType: undefined,
  file: undefined,
  line: undefined,
  fix: '',
  ...over,
});

export const report = (tool: string, results: readonly CheckResult[], time?: number): CheckReport => ({
  tool,
  time,
  aiResources: undefined,
  results,
});
