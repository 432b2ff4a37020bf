import type { JsonValue } from '../lib/json.ts';
import type { Value, ValueTest } from '../sigma/ast.ts';
import { describeTest } from '../sigma/describe.ts';
import { textOf } from '../sigma/fields.ts';
import { foldText, patternMatcher, shapeOf } from '../sigma/pattern.ts';

/** One value that a test wanted, beside what the record has. */
export interface Closest {
  /** The wanted value that comes closest, in words. */
  readonly wanted: string;
  /** What the record has, nearest to it; undefined when nothing is there. */
  readonly seen: JsonValue | undefined;
  /** What is between the two. */
  readonly why: string;
}

/** Of all that a test wants and all that a field holds, the two that are nearest to each other. */
export function closestOf(values: readonly Value[], seen: readonly JsonValue[]): Closest | undefined {
  let best: (Closest & { readonly nearness: number }) | undefined;
  for (const { anyOf } of values)
    for (const test of anyOf.slice(0, 1))
      for (const value of seen.length === 0 ? [undefined] : seen) {
        const { nearness, why } = between(test, value);
        if (best === undefined || nearness > best.nearness)
          best = { wanted: describeTest(test), seen: value, why, nearness };
      }
  return best && { wanted: best.wanted, seen: best.seen, why: best.why };
}

/** How near a value comes to a test that it fails, from 0 (nothing in common) to 1, and what is missing. */
function between(
  test: ValueTest,
  value: JsonValue | undefined,
): { readonly nearness: number; readonly why: string } {
  if (value === undefined) return { nearness: 0, why: 'nothing is there' };
  const text = textOf(value);
  if (text === undefined) return { nearness: 0, why: 'it is null' };
  switch (test.kind) {
    case 'text':
      return textBetween(test, text);
    case 'number':
      return Number.isNaN(Number(text))
        ? { nearness: 0, why: 'it is no number' }
        : { nearness: 1 / (1 + Math.abs(Number(text) - test.value)), why: 'the number is another' };
    case 'cidr':
      return { nearness: 0.1, why: 'the address lies outside, or is none' };
    case 'regex':
      return { nearness: 0.1, why: 'the pattern is nowhere in it' };
    case 'boolean':
      return { nearness: 0.1, why: 'it is another truth value, or none' };
    case 'null':
      return { nearness: 0.1, why: 'it has a value' };
    case 'exists':
      return { nearness: 0.1, why: test.expected ? 'nothing is there' : 'it is there' };
    case 'fieldref':
      return { nearness: 0.1, why: `the field ${test.field} has another value, or none` };
  }
}

function textBetween(
  { pattern, isCased }: Extract<ValueTest, { kind: 'text' }>,
  text: string,
): { readonly nearness: number; readonly why: string } {
  if (isCased && patternMatcher(pattern, false)(text))
    return { nearness: 1, why: 'only letter case differs, and `cased` makes it count' };
  const shape = shapeOf(pattern);
  if (shape.kind === 'present' || shape.kind === 'glob')
    return { nearness: 0.1, why: 'the pattern does not fit the whole of it' };
  const [seen, wanted] = [foldText(text).trim(), foldText(shape.text).trim()];
  if (wanted !== '' && seen.includes(wanted))
    switch (shape.kind) {
      case 'equals':
        return { nearness: 0.95, why: 'it has this and more, and has to be this alone' };
      case 'startswith':
        return { nearness: 0.95, why: 'it has this, but does not start with it' };
      case 'endswith':
        return { nearness: 0.95, why: 'it has this, but does not end with it' };
      case 'contains':
        return { nearness: 0.95, why: 'it has this but for space around it' };
    }
  const [start, end] = [sharedStart(seen, wanted), sharedStart(reversed(seen), reversed(wanted))];
  const share = Math.max(start, end) / Math.max(1, wanted.length);
  if (share < 0.4) return { nearness: share, why: 'another text' };
  return start >= end
    ? { nearness: share, why: `the same up to "${shape.text.slice(0, start)}"` }
    : { nearness: share, why: `the same from "${shape.text.slice(-end)}" on` };
}

const reversed = (text: string): string => Array.from(text).toReversed().join('');

function sharedStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  for (let index = 0; index < most; index++) if (a[index] !== b[index]) return index;
  return most;
}

/** True when a value passes only because letter case, odd spaces and dashes, or space around it make no difference. */
export const isFolded = (values: readonly Value[], seen: readonly JsonValue[]): boolean => {
  const tests = values.flatMap(({ anyOf }) => anyOf).filter((test) => test.kind === 'text');
  const texts = seen.flatMap((value) => textOf(value) ?? []);
  const fits = (isCased: (cased: boolean) => boolean): boolean =>
    tests.some(({ pattern, isCased: cased }) =>
      texts.some((text) => patternMatcher(pattern, isCased(cased))(text)),
    );
  return fits((cased) => cased) && !fits(() => true);
};
