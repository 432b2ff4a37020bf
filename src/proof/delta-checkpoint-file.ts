import type { FileMetaData, SchemaElement } from 'hyparquet';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { JsonMap } from './canonical.ts';
import { checkpointActions } from './delta-state.ts';
import type { TableState } from './delta-state.ts';

const group = (name: string, ...children: readonly SchemaElement[][]): SchemaElement[] => [
  { name, num_children: children.length, repetition_type: 'OPTIONAL' },
  ...children.flat(),
];
const text = (name: string): SchemaElement[] => [
  { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
];
const long = (name: string): SchemaElement[] => [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }];
const int = (name: string): SchemaElement[] => [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }];
const flag = (name: string): SchemaElement[] => [{ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }];
const texts = (name: string): SchemaElement[] => [
  { name, num_children: 1, repetition_type: 'OPTIONAL', converted_type: 'MAP' },
  { name: 'key_value', num_children: 2, repetition_type: 'REPEATED' },
  { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
  ...text('value'),
];
const list = (name: string): SchemaElement[] => [
  { name, num_children: 1, repetition_type: 'OPTIONAL', converted_type: 'LIST' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  ...text('element'),
];

/** PROTOCOL.md, Checkpoint Schema: one optional group an action. */
const columns: Readonly<Record<string, SchemaElement[]>> = {
  txn: group('txn', text('appId'), long('version')),
  add: group(
    'add',
    text('path'),
    texts('partitionValues'),
    long('size'),
    long('modificationTime'),
    flag('dataChange'),
    text('stats'),
  ),
  remove: group(
    'remove',
    text('path'),
    texts('partitionValues'),
    long('size'),
    long('deletionTimestamp'),
    flag('extendedFileMetadata'),
    flag('dataChange'),
  ),
  metaData: group(
    'metaData',
    text('id'),
    text('name'),
    text('description'),
    group('format', text('provider'), texts('options')),
    text('schemaString'),
    list('partitionColumns'),
    texts('configuration'),
    long('createdTime'),
  ),
  protocol: group('protocol', int('minReaderVersion'), int('minWriterVersion')),
};

const longs = new Set(['version', 'size', 'modificationTime', 'deletionTimestamp', 'createdTime']);

/** An action as the Parquet writer takes it: whole numbers of 64 bits as bigint. */
const asRow = (action: JsonMap): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(action).map(([name, value]) => [name, longs.has(name) ? BigInt(Number(value)) : value]),
  );

/** The Parquet file of a checkpoint. The same state gives the same bytes. */
export function encodeCheckpoint(state: TableState): Uint8Array {
  const actions = checkpointActions(state);
  const writer = new ByteWriter(64 * 1024);
  const schema = [
    { name: 'schema', num_children: Object.keys(columns).length },
    ...Object.values(columns).flat(),
  ];
  const parquet = new ParquetWriter({ writer, schema, codec: 'SNAPPY', createdBy: 'plumbline' });
  // Without a flush function the writer answers at once.
  void parquet.write({
    columnData: Object.keys(columns).map((name) => ({
      name,
      data: actions.map((action) => {
        const value = action[name];
        return value === undefined ? undefined : asRow(value as JsonMap);
      }),
    })),
  });
  void parquet.finish();
  return writer.getBytes();
}

const fromRow = (value: unknown): unknown => {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(fromRow);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([name, member]) => [name, fromRow(member)]),
  );
};

/** The actions of a checkpoint, in their order; for tests, tools and the verifier. */
export async function decodeCheckpoint(bytes: Uint8Array): Promise<JsonMap[]> {
  const { buffer } = new Uint8Array(bytes);
  const metadata: FileMetaData = parquetMetadata(buffer);
  const file = {
    byteLength: buffer.byteLength,
    slice: (start: number, end?: number) => buffer.slice(start, end),
  };
  return (await parquetReadObjects({ file, metadata })).map((row) => fromRow(row) as JsonMap);
}
