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

/** What is known of the records of one Sigma log source. */
export interface AliasTable {
  readonly product: string;
  readonly service: string;
  readonly paths: readonly RealPath[];
  readonly names: readonly NameRow[];
}

/** Paths seen at one place; `under` is put before each. */
export const realPaths = (source: string, names: string, under = ''): readonly RealPath[] =>
  names.split(/\s+/u).map((name) => ({ path: `${under}${name}`, source }));

export const named = (source: string, rows: Readonly<Record<string, string>>): readonly NameRow[] =>
  Object.entries(rows).map(([name, paths]) => ({ name, paths: paths.split(/\s+/u), source }));
