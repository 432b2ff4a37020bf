import type { LogSource } from '../../domain/event.ts';
import type { ColumnType, TableName } from './tables.ts';

/**
 * Where a record's field stands in a table.
 *
 * - `column`: a column of the table, with its own type.
 * - `grown`: a column that `AzureDiagnostics` has once a record brought it; read through `column_ifexists`.
 * - `json`: a column (dynamic, or JSON text) that holds an object; the rest of the path goes into it.
 * - `pair`: a list of named values (`[{"Name": "RequestType", "Value": "…"}]`) that holds it under this name.
 * - `computed`: a text that KQL makes of columns of the table.
 * - `constant`: the same in every record of the table, for example the category of a sign-in table.
 * - `absent`: such records have no such field, or the table drops it; `why` says which.
 */
export type FieldColumn =
  | { readonly kind: 'column'; readonly column: string; readonly spellings?: Spellings | undefined }
  | { readonly kind: 'grown'; readonly column: string; readonly type: ColumnType }
  | { readonly kind: 'json'; readonly column: string; readonly isGrown?: boolean | undefined }
  | { readonly kind: 'pair'; readonly list: string; readonly name: string }
  | { readonly kind: 'computed'; readonly kql: string; readonly spellings?: Spellings | undefined }
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'absent'; readonly why: string };

/** Values that the table writes differently from the record: record's word, lower-case, to the table's words. */
export interface Spellings {
  readonly source: string;
  readonly words: Readonly<Record<string, readonly string[]>>;
}

export const column = (name: string, spellings?: Spellings): FieldColumn => ({
  kind: 'column',
  column: name,
  spellings,
});
export const json = (name: string): FieldColumn => ({ kind: 'json', column: name });
export const grown = (name: string, type: ColumnType = 'string'): FieldColumn => ({
  kind: 'grown',
  column: name,
  type,
});
export const grownJson = (name: string): FieldColumn => ({ kind: 'json', column: name, isGrown: true });
export const pair = (list: string, name: string): FieldColumn => ({ kind: 'pair', list, name });
export const computed = (kql: string, spellings?: Spellings): FieldColumn => ({
  kind: 'computed',
  kql,
  spellings,
});
export const constant = (text: string): FieldColumn => ({ kind: 'constant', text });
export const absent = (why: string): FieldColumn => ({ kind: 'absent', why });

/** `{ 'properties.userId': column('UserId') }` for each `userId` in the list: Azure upper-cases the first letter. */
export const underProperties = (names: string): Readonly<Record<string, FieldColumn>> =>
  Object.fromEntries(
    names
      .split(' ')
      .map((name) => [`properties.${name}`, column(name.charAt(0).toUpperCase() + name.slice(1))]),
  );

/** Columns that every compiled query gives, for entity mappings and for the person who reads the alert. */
export const outputColumns = [
  'Operation',
  'Result',
  'ActorName',
  'ActorId',
  'IpAddress',
  'MaskedIpAddress',
  'AppId',
  'AzureResourceId',
  'Target',
  'CorrelationId',
] as const;
export type OutputColumn = (typeof outputColumns)[number];

/** One table of a log source. */
export interface Branch {
  readonly table: TableName;
  /** What tells its records from others of the table; KQL. */
  readonly where?: string | undefined;
  /** By the record's own path. The longest path that fits wins. */
  readonly fields: Readonly<Record<string, FieldColumn>>;
  /** A dynamic column that holds the whole record, for fields that `fields` does not name. */
  readonly record?: string | undefined;
  /** Paths that hold arrays. */
  readonly arrays: readonly string[];
  /** What a user of a query over this table should know. */
  readonly caveats?: readonly string[] | undefined;
  /** KQL; a column that is not here is empty. */
  readonly output: Readonly<Partial<Record<OutputColumn, string>>>;
}

/** A Sigma log source and the tables that hold its records. */
export interface KqlSource {
  readonly logSource: LogSource;
  readonly branches: readonly Branch[];
  /** Microsoft Sentinel's data connector that fills the tables; undefined: diagnostic settings or export do. */
  readonly connector: string | undefined;
  /** What a user of any query over it should know. */
  readonly caveats: readonly string[];
}
