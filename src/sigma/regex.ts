import { RE2JS, RE2JSException } from 're2js';
import { describeError } from '../lib/errors.ts';
import type { RegexTest } from './ast.ts';

/** Compiles to an automaton that takes time linear in the text, whatever the pattern. A string says what is wrong. */
export function regexMatcher(test: Omit<RegexTest, 'kind'>): ((text: string) => boolean) | string {
  const flags =
    (test.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (test.multiline ? RE2JS.MULTILINE : 0) |
    (test.dotAll ? RE2JS.DOTALL : 0);
  try {
    const compiled = RE2JS.compile(test.source, flags);
    return (text) => compiled.matcher(text).find();
  } catch (thrown) {
    if (thrown instanceof RE2JSException) return describeError(thrown);
    throw thrown;
  }
}
