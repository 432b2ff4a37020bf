/** A path that real records of a log source have, as Azure spells it, and where it was seen. */
export interface RealPath {
  readonly path: string;
  readonly source: string;
}

/** A name that rules use for something a real record holds under other paths. */
export interface NameRow {
  /** As rules spell it; compared without letter case, and with whatever follows it after a dot. */
  readonly name: string;
  /** Where real records hold it. More than one when the name stands for several things, or records differ. */
  readonly paths: readonly string[];
  /** Who uses the name, or what says where it stands. */
  readonly source: string;
}

/** A word that rules look for, and what Azure writes in its stead. */
export interface WordRow {
  /** As rules spell the field, all spellings that are met. */
  readonly fields: readonly string[];
  /** The whole of the rule's text; `undefined`: whatever the rule says there. */
  readonly word: string | undefined;
  readonly meanings: readonly Meaning[];
  readonly source: string;
}

/** What a record has: a text with Sigma's wildcards, or a regular expression (letter case does not count). */
export type Meaning =
  | { readonly kind: 'text'; readonly pattern: string }
  | { readonly kind: 'regex'; readonly source: string }
  /** The rule's own text with this behind it. */
  | { readonly kind: 'followed'; readonly by: string };

/** What is known of the records of one Sigma log source. */
export interface AliasTable {
  readonly product: string;
  readonly service: string;
  readonly paths: readonly RealPath[];
  readonly names: readonly NameRow[];
  readonly words: readonly WordRow[];
}

/** Paths seen at one place; `under` is put before each. */
export const realPaths = (source: string, names: string, under = ''): readonly RealPath[] =>
  names.split(/\s+/u).map((name) => ({ path: `${under}${name}`, source }));

export const named = (source: string, rows: Readonly<Record<string, string>>): readonly NameRow[] =>
  Object.entries(rows).map(([name, paths]) => ({ name, paths: paths.split(/\s+/u), source }));

/** `{ 'Device Code': ['deviceCode'] }` for the fields: the rule's word, and what Azure writes. */
export const words = (
  source: string,
  fields: string,
  rows: Readonly<Record<string, readonly (string | RegExp)[]>>,
): readonly WordRow[] =>
  Object.entries(rows).map(([word, meanings]) => ({
    source,
    fields: fields.split(/\s+/u),
    word,
    meanings: meanings.map((meaning) =>
      typeof meaning === 'string'
        ? { kind: 'text', pattern: meaning }
        : { kind: 'regex', source: meaning.source },
    ),
  }));
