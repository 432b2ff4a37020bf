import type { Position, Rule } from '../../sigma/ast.ts';

/** What a mutant of a rule changes, in words for people and the docs. */
export const operators = {
  'drop-part': 'a part of `and` or `or` is left out of the condition',
  'swap-link': '`and` becomes `or`, `or` becomes `and`',
  'drop-not': 'a `not` is taken away',
  'swap-quantifier': '`1 of` becomes `all of`, `all of` becomes `1 of`',
  'drop-search': 'a quantifier stands for one search fewer',
  'drop-map': 'one alternative of a search is left out',
  'drop-field': 'one field of a search is not looked at',
  'drop-value': 'one value of a list is left out',
  'swap-all': '`all` of a list becomes any, any becomes `all`',
  'flip-neq': 'a negated test is no longer, or the other way round',
  'swap-affix': '`startswith` becomes `endswith` and the like',
  'loosen-affix': 'a text is looked for anywhere, not where the rule says',
  'tighten-affix': 'the text has to be the whole value',
  'loosen-text': 'only the first half of a text counts',
  'flip-cased': 'letter case no longer counts',
  'shift-bound': 'a comparison takes in its bound, or no longer does',
  'shift-number': 'a number is one more',
  'loosen-regex': 'a regular expression fits any text',
  'flip-exists': 'a field has to be absent, or present, the other way round',
  'flip-boolean': 'true becomes false, false becomes true',
  'widen-network': 'a network is twice as large',
  'narrow-network': 'a network is half as large',
} as const;

/** What a mutant of a correlation changes besides numbers and bounds. */
export const correlationOperators = {
  'halve-timespan': 'the window of a correlation is half as long',
  'double-timespan': 'the window of a correlation is twice as long',
  'drop-group': 'a correlation is not grouped by one of its fields',
  'drop-rule': 'a correlation leaves one of its rules out',
  'swap-type':
    'a correlation measures what is easily taken for what it measures: ordered or not, events or values, sum or average',
  'shift-percentile': 'a correlation takes another percentile',
} as const;
export type Operator = keyof typeof operators | keyof typeof correlationOperators;

/** A rule with one fault planted in it. */
export interface Mutant {
  readonly operator: Operator;
  /** Where the planted fault stands in the rule's file. */
  readonly at: Position;
  /** What stands there, and what the mutant has in its stead, in words. */
  readonly before: string;
  readonly after: string;
  readonly rule: Rule;
  /** Why no event can tell the mutant from the rule; undefined when one might. */
  readonly equivalence: string | undefined;
}

/** A fault in a part of a rule: the part with the fault, and what it is. */
export interface Planted<T> extends Pick<Mutant, 'operator' | 'at' | 'before' | 'after' | 'equivalence'> {
  readonly part: T;
}

/** The same faults, seen from the part around. */
export const within = <T, U>(faults: readonly Planted<T>[], around: (part: T) => U): readonly Planted<U>[] =>
  faults.map((fault) => ({ ...fault, part: around(fault.part) }));

export const without = <T>(list: readonly T[], index: number): readonly T[] =>
  list.filter((_, other) => other !== index);

export const replaced = <T>(list: readonly T[], index: number, item: T): readonly T[] =>
  list.map((other, place) => (place === index ? item : other));
