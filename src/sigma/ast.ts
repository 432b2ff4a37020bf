import type { LogSource } from '../domain/event.ts';
import type { Level } from '../domain/severity.ts';
import type { JsonValue } from '../lib/json.ts';

/**
 * A Sigma detection rule as read: placeholders filled in, modifiers applied, search patterns of the condition
 * resolved. Every node is frozen. What a node means is said by `evaluate.ts`; every other reader of the tree (the
 * fast engine, KQL) has to agree with it.
 */
export interface Rule {
  /** As given by the caller; names the rule in problems. */
  readonly file: string;
  readonly title: string;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly status: Status | undefined;
  readonly description: string;
  readonly level: Level | undefined;
  readonly author: string | undefined;
  readonly date: string | undefined;
  readonly modified: string | undefined;
  readonly license: string | undefined;
  /** Field names are taken as they stand, whatever it says. */
  readonly taxonomy: string | undefined;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly fields: readonly string[];
  readonly scope: readonly string[];
  readonly falsePositives: readonly string[];
  readonly related: readonly { readonly id: string; readonly type: string }[];
  readonly logSource: LogSource;
  /** In the order of the file. */
  readonly searches: readonly Search[];
  readonly condition: Condition;
  /** Top-level keys that the specification does not name, as they stand in the file. */
  readonly extra: Readonly<Record<string, JsonValue>>;
}

export const ruleStatuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;
type Status = (typeof ruleStatuses)[number];

/** Where a node stands in its file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A list of conditions in the file is an `or` node here. `and` and `or` have at least two parts. */
export type Condition =
  | { readonly kind: 'search'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | Quantified;

/** `1 of selection*`, `all of them`. True when one (`or`) or all (`and`) of `names` are. */
export interface Quantified {
  readonly kind: 'quantified';
  readonly quantifier: '1' | 'all';
  /** As written: `them` or a pattern with `*`. */
  readonly pattern: string;
  /** The searches it stands for, in the order of the file; never empty. */
  readonly names: readonly string[];
}

/** One named search of the detection section. */
export type Search = KeywordSearch | MapSearch;

/** Keywords are looked for in the whole event. */
interface KeywordSearch {
  readonly kind: 'keywords';
  readonly name: string;
  readonly test: KeywordTest;
  readonly at: Position;
}

/** True when any of `maps` is; a map is true when all of its tests are. */
export interface MapSearch {
  readonly kind: 'maps';
  readonly name: string;
  readonly maps: readonly (readonly FieldTest[])[];
  readonly at: Position;
}

interface ValueList {
  /** Modifier names as written, in order. */
  readonly modifiers: readonly string[];
  /** `all` with the modifier of that name, else `any`. */
  readonly link: 'any' | 'all';
  /** Never empty. */
  readonly values: readonly Value[];
  readonly at: Position;
}

/** `field|modifier: values`. Reads: [not] any/all of `values`, where a value is true when any of its `anyOf` is. */
export interface FieldTest extends ValueList {
  readonly kind: 'field';
  readonly field: string;
  /** With the modifier `neq`: the whole test is turned round, so it is true for a field that is not there. */
  readonly isNegated: boolean;
}

/** Values are `text` (pattern already wrapped in `any`: it is looked for inside the event's texts) or `regex`. */
export interface KeywordTest extends ValueList {
  readonly kind: 'keyword';
}

/** One value of the file and the tests its modifiers made of it, `or`-linked. */
export interface Value {
  /** As it stands in the file. */
  readonly written: JsonValue;
  /** More than one after `windash`, `base64offset`, `expand`. Never empty. */
  readonly anyOf: readonly ValueTest[];
  readonly at: Position;
}

/**
 * What one value of a field is asked. A field may hold several values (arrays): the test is true when it is for
 * one of them.
 */
export type ValueTest =
  | TextTest
  | NumberTest
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** The field is not there, or is null. */
  | { readonly kind: 'null' }
  /** `expected: false`: the field is not there. */
  | { readonly kind: 'exists'; readonly expected: boolean }
  | RegexTest
  | CidrTest
  | FieldReference;

/** The whole text of the value fits the pattern. `contains` and the like are patterns: see `pattern.ts`. */
export interface TextTest {
  readonly kind: 'text';
  readonly pattern: Pattern;
  /** False: letter case does not count. */
  readonly isCased: boolean;
}

/** Literal text is never empty and never stands beside literal text; an empty pattern fits the empty text alone. */
export type Pattern = readonly PatternPart[];
export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** `*`: any run of characters, also none. */
  | { readonly kind: 'any' }
  /** `?`: exactly one character. */
  | { readonly kind: 'one' };

export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
export type Comparison = 'eq' | 'lt' | 'lte' | 'gt' | 'gte';

/** The value is to the left: `gt` is value > number. With a `part`, that part of the value's date is compared. */
export interface NumberTest {
  readonly kind: 'number';
  readonly comparison: Comparison;
  readonly value: number;
  readonly part: TimePart | undefined;
}

/** Found anywhere in the value's text (not anchored); RE2 syntax, linear time. */
export interface RegexTest {
  readonly kind: 'regex';
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

export interface CidrTest {
  readonly kind: 'cidr';
  /** As written: `192.0.2.0/24`, `2001:db8::/32`. */
  readonly network: string;
  /** 4 or 16 bytes; the bits behind the prefix are 0. */
  readonly bytes: readonly number[];
  readonly prefix: number;
}

/** The value stands in this relation to a value of another field of the same event. */
export interface FieldReference {
  readonly kind: 'fieldref';
  readonly field: string;
  readonly comparison: 'equals' | 'startswith' | 'endswith' | 'contains';
  readonly isCased: boolean;
}
