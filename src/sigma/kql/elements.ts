import type { ArrayPath } from './bool.ts';

/**
 * `mv-expand` gives no row for an empty array, which would drop the record with it, so an empty array becomes one
 * element without anything in it. What is no array counts as its own one element.
 */
const elementsOf = (array: string): string =>
  `iff(gettype(${array}) == "array" and array_length(${array}) > 0, ${array}, pack_array(${array}))`;

/** One `mv-apply`: asks every element at the path, and keeps one row a row. Answers are aggregations over `Element`. */
export function elementLines({ root, steps }: ArrayPath, answers: readonly string[]): readonly string[] {
  const nameAt = (depth: number): string => (depth === steps.length ? 'Element' : `Outer${depth + 1}`);
  return [
    `| mv-apply ${nameAt(0)} = ${elementsOf(root)} on (`,
    ...steps.map(
      (step, depth) =>
        `    ${depth === 0 ? '' : '| '}mv-expand ${nameAt(depth + 1)} = ${elementsOf(`${nameAt(depth)}${step}`)}`,
    ),
    `    ${steps.length === 0 ? '' : '| '}summarize ${answers.join(', ')}`,
    '  )',
  ];
}
