import type { Problem } from '../lib/errors.ts';
import type { Rule } from '../sigma/ast.ts';
import { parseRule } from '../sigma/parse.ts';
import type { PublishInput } from './publisher.ts';

/** A rule as it was loaded, with its lists and filters; without that, as its text says. */
export function readRule(
  { ruleOf, ruleText }: Pick<PublishInput, 'ruleOf' | 'ruleText'>,
  file: string,
): { readonly rule: Rule | undefined; readonly problems: readonly Problem[] } {
  const rule = ruleOf?.(file);
  return rule === undefined ? parseRule(ruleText(file), file) : { rule, problems: [] };
}
