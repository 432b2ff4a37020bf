import { tableNames, tables } from '../domain/tables.ts';
import type { Column, ColumnType, TableName } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { canonicalJson } from '../lib/json.ts';
import type { Json, JsonMap } from '../proof/canonical.ts';

export const columnsOf = (table: TableName): readonly Column<never>[] => tables[table].columns;

/** What a reader and a writer of the tables have to know: PROTOCOL.md, Protocol Evolution. */
export const protocol = { minReaderVersion: 1, minWriterVersion: 2 };

const sparkTypes: Record<ColumnType, string> = {
  string: 'string',
  long: 'long',
  int: 'integer',
  timestamp: 'timestamp',
  bytes: 'binary',
};

const field = (name: string, type: string, nullable: boolean) => ({ name, type, nullable, metadata: {} });

/** Spark's description of the table's columns, `day` last. PROTOCOL.md, Schema Serialization Format. */
export const schemaString = (table: TableName): string =>
  canonicalJson({
    type: 'struct',
    fields: [
      ...columnsOf(table).map(({ name, type, isNullable }) => field(name, sparkTypes[type], isNullable)),
      field('day', 'string', false),
    ],
  });

/** A table as its log describes it: the newest `protocol` and `metaData` actions. */
export interface TableDescription {
  readonly protocol: JsonMap | undefined;
  readonly metaData: JsonMap | undefined;
}
export type Descriptions = Readonly<Partial<Record<TableName, TableDescription>>>;

const newer = (place: string, what: string): PipelineError =>
  new PipelineError(
    'LAKE_NEWER',
    `lake ${place}`,
    `${what}; use the version of plumbline that made it so, or a newer one`,
  );

const namesOf = (features: Json | undefined): string[] =>
  Array.isArray(features) ? features.map(String) : [];

/**
 * Refuses tables that cannot be read rightly without knowing more than this version does.
 *
 * @throws PipelineError LAKE_NEWER
 */
export function checkReadable(place: string, descriptions: Descriptions): void {
  for (const [table, { protocol: needed }] of Object.entries(descriptions)) {
    const version = Number(needed?.['minReaderVersion'] ?? 0);
    const features = namesOf(needed?.['readerFeatures']);
    if (version > protocol.minReaderVersion || features.length > 0)
      throw newer(
        place,
        `table ${table} needs a Delta reader of version ${version}${featureText(features)}, and this one is of version ${protocol.minReaderVersion}`,
      );
  }
}

const featureText = (features: readonly string[]): string =>
  features.length === 0 ? '' : ` with ${features.join(', ')}`;

interface Field {
  readonly name: string;
  readonly type: Json | undefined;
}

function fieldsOf(metaData: JsonMap | undefined): readonly Field[] | undefined {
  const schema = metaData?.['schemaString'];
  if (typeof schema !== 'string') return undefined;
  const struct = JSON.parse(schema) as { readonly fields?: readonly Field[] };
  return struct.fields;
}

/** Why a table cannot become what this version writes; undefined when it can. */
function conflictWith(table: TableName, fields: readonly Field[]): string | undefined {
  const own = new Map<string, string>([
    ...columnsOf(table).map(({ name, type }): [string, string] => [name, sparkTypes[type]]),
    ['day', 'string'],
  ]);
  for (const { name, type } of fields) {
    const known = own.get(name);
    if (known === undefined)
      return `table ${table} has a column ${name} that this version does not know, and no column can be taken out or renamed`;
    if (known !== type)
      return `column ${name} of table ${table} is of type ${JSON.stringify(type)}, this version writes ${known}`;
  }
  return undefined;
}

/**
 * What the next seal has to say of tables that have fewer columns than this version writes; undefined when none has. Only
 * columns that may be null can be new: files that are older than a column have none of it.
 *
 * @throws PipelineError LAKE_NEWER when the tables need a writer that knows more, or have columns that it does not know.
 */
export function grownTables(place: string, descriptions: Descriptions): Record<string, JsonMap> | undefined {
  checkReadable(place, descriptions);
  const grown: Record<string, JsonMap> = {};
  for (const table of tableNames) {
    const { protocol: needed, metaData } = descriptions[table] ?? {};
    const version = Number(needed?.['minWriterVersion'] ?? 0);
    const features = namesOf(needed?.['writerFeatures']);
    if (version > protocol.minWriterVersion || features.length > 0)
      throw newer(
        place,
        `table ${table} needs a Delta writer of version ${version}${featureText(features)}, and this one is of version ${protocol.minWriterVersion}`,
      );
    const fields = fieldsOf(metaData);
    if (metaData === undefined || fields === undefined) continue;
    const conflict = conflictWith(table, fields);
    if (conflict !== undefined) throw newer(place, conflict);
    const present = new Set(fields.map(({ name }) => name));
    const added = columnsOf(table).filter(({ name }) => !present.has(name));
    const strict = added.find(({ isNullable }) => !isNullable);
    if (strict !== undefined)
      throw new RangeError(`column ${strict.name} is new in table ${table} and must be nullable`);
    if (added.length > 0) grown[table] = { ...metaData, schemaString: schemaString(table) };
  }
  return Object.keys(grown).length === 0 ? undefined : grown;
}
