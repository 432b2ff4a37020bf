import type { FileMetaData, SchemaElement } from 'hyparquet';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { TableName } from '../domain/tables.ts';
import { canonical } from '../proof/canonical.ts';
import type { JsonMap } from '../proof/canonical.ts';
import {
  CHECKPOINT_EVERY,
  checkpointActions,
  checkpointFile,
  emptyState,
  lastCheckpoint,
  replay,
} from '../proof/delta-state.ts';
import type { TableState } from '../proof/delta-state.ts';
import { commitPath } from './delta-log.ts';
import type { Files } from './files.ts';

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

/** The state that a checkpoint's actions add up to. */
const stateOf = (version: number, actions: readonly JsonMap[]): TableState => ({
  ...replay(
    emptyState(),
    actions.map((action) => canonical(action)),
  ),
  version,
});

/** The newest state that a checkpoint of a table holds, at or before a version; an empty one when there is none. */
async function newestState(files: Files, table: TableName, version: number): Promise<TableState> {
  const folder = `${table}/_delta_log`;
  const last = await files.read(`${folder}/_last_checkpoint`);
  const at = last === undefined ? undefined : (JSON.parse(last.toString()) as { version: number }).version;
  if (at === undefined || at > version) return emptyState();
  const bytes = await files.read(`${folder}/${checkpointFile(at)}`);
  return bytes === undefined ? emptyState() : stateOf(at, await decodeCheckpoint(bytes));
}

/**
 * Writes the Parquet checkpoint of a version of a table when it is due for one, so that readers need not read every commit
 * before it. It follows from the commits alone: whoever writes it writes the same.
 *
 * @param known a state that the caller has kept, at or before the version.
 * @returns the state at the version, to be kept; undefined when none was due.
 */
async function writeCheckpoint(
  files: Files,
  table: TableName,
  version: number,
  known: TableState | undefined,
): Promise<TableState | undefined> {
  if (version === 0 || version % CHECKPOINT_EVERY !== 0) return undefined;
  const from = known ?? (await newestState(files, table, version));
  const commits: string[] = [];
  for (let next = from.version + 1; next <= version; next++) {
    const bytes = await files.read(commitPath(table, next));
    if (bytes === undefined) return undefined;
    commits.push(bytes.toString());
  }
  const state = replay(from, commits);
  const bytes = encodeCheckpoint(state);
  const folder = `${table}/_delta_log`;
  await files.create(`${folder}/${checkpointFile(version)}`, bytes);
  const last = await files.read(`${folder}/_last_checkpoint`);
  const newest = last === undefined ? -1 : (JSON.parse(last.toString()) as { version: number }).version;
  if (newest < version) {
    const pointer = lastCheckpoint(version, checkpointActions(state).length);
    await files.replace(`${folder}/_last_checkpoint`, Buffer.from(pointer));
  }
  return state;
}

/**
 * Writes the checkpoints that are due after a seal, and keeps the tables' states for the next. One that cannot be written
 * is left out: the next comes a hundred commits later, and nothing depends on it.
 */
export function checkpointWriter(
  files: Files,
): (
  commits: ReadonlyMap<TableName, { readonly seal: number; readonly version: number }>,
  seal: number,
) => Promise<void> {
  const states = new Map<TableName, TableState>();
  return async (commits, seal) => {
    for (const [table, commit] of commits) {
      if (commit.seal !== seal) continue;
      const state = await writeCheckpoint(files, table, commit.version, states.get(table)).catch(
        () => undefined,
      );
      if (state !== undefined) states.set(table, state);
    }
  };
}
