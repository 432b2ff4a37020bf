import type { TableName } from '../domain/tables.ts';
import { tableNames } from '../domain/tables.ts';
import { sealAppId } from '../proof/commits.ts';
import type { ListedFile } from './live-file.ts';
import type { TableState } from '../proof/delta-state.ts';
import { commitPath } from './delta-log.ts';
import { sealOf } from './commits.ts';
import type { Seal } from './commits.ts';
import type { Files } from './files.ts';
import { readHeads } from './heads.ts';
import type { HeadVersions } from './heads.ts';
import type { Descriptions } from './schema.ts';
import { checkpointedState, newestSealIn, readTableState } from './table-state.ts';

/** A writer's newest seal as of the checkpoint, and the one before it. */
export interface CheckpointedHead {
  readonly versions: HeadVersions;
  readonly newest: Seal;
  readonly before: Seal | undefined;
}

/** A lake as of a checkpoint of `captures`; its other tables as of now. */
export interface CheckpointedLake {
  /** Of `captures`. */
  readonly version: number;
  readonly heads: ReadonlyMap<string, CheckpointedHead>;
  readonly cursors: ReadonlyMap<string, number>;
  readonly adds: Readonly<Record<TableName, readonly ListedFile[]>>;
  readonly descriptions: Descriptions;
  /** Whether a table has what a seal does to it. */
  readonly isIncluded: (table: TableName, origin: string, seal: number) => boolean;
}

const SEAL = sealAppId('');

/** Of a file that is there, what a list of files says; nothing of those that were taken out. */
const isListed = ([action = '', member = '']: readonly string[]): boolean =>
  action === 'add' ? ['path', 'size', 'stats'].includes(member) : action !== 'remove';

async function readHead(
  files: Files,
  state: TableState,
  origin: string,
  versions: HeadVersions | undefined,
): Promise<CheckpointedHead | undefined> {
  if (versions === undefined || versions.newest === 0) return undefined;
  const read = async (version: number): Promise<Seal | undefined> => {
    const bytes = version === 0 ? undefined : await files.read(commitPath('captures', version));
    return bytes === undefined ? undefined : sealOf(files, version, bytes.toString());
  };
  const [newest, before] = await Promise.all([read(versions.newest), read(versions.before)]);
  const seal = newestSealIn(state, origin);
  const isRight = newest?.facts.origin === origin && newest.facts.seal === seal;
  const isBefore = seal === 1 ? before === undefined : before?.facts.origin === origin;
  return isRight && isBefore && (before?.facts.seal ?? 0) === seal - 1
    ? { versions, newest, before }
    : undefined;
}

/**
 * Reads the lake from the newest checkpoint of `captures` on, whose commits nobody has to read again; undefined when there
 * is none, or what is said of it does not hold together: then the commits tell.
 *
 * Other tables are read to their ends, for their checkpoints lie elsewhere. A seal is committed to them before its
 * writer makes the next one, so that at most the newest seal of each writer is still missing there.
 */
export async function readCheckpointedLake(files: Files): Promise<CheckpointedLake | undefined> {
  const heads = await readHeads(files);
  if (heads === undefined) return undefined;
  const captures = await checkpointedState(files, 'captures', heads.version, isListed);
  if (captures === undefined) return undefined;

  const cursors = new Map<string, number>();
  const found = new Map<string, CheckpointedHead>();
  for (const [appId, txn] of captures.txns) {
    if (!appId.startsWith(SEAL)) {
      cursors.set(appId, Number(txn['version']));
      continue;
    }
    const origin = appId.slice(SEAL.length);
    const head = await readHead(files, captures, origin, heads.writers.get(origin));
    if (head === undefined) return undefined;
    found.set(origin, head);
  }
  if (![...found.values()].some(({ versions }) => versions.newest === heads.version)) return undefined;

  const states = new Map<TableName, TableState>([['captures', captures]]);
  const others = tableNames.filter((table) => table !== 'captures');
  await Promise.all(
    others.map(async (table) => states.set(table, await readTableState(files, table, isListed))),
  );
  const addsOf = (table: TableName): readonly ListedFile[] =>
    [...(states.get(table)?.adds.values() ?? [])] as unknown as ListedFile[];
  return {
    version: heads.version,
    heads: found,
    cursors,
    adds: Object.fromEntries(
      tableNames.map((table) => [table, addsOf(table)]),
    ) as unknown as CheckpointedLake['adds'],
    descriptions: Object.fromEntries(
      [...states].map(([table, { protocol, metaData }]) => [table, { protocol, metaData }]),
    ),
    isIncluded: (table, origin, seal) => {
      const state = table === 'captures' ? undefined : states.get(table);
      return state !== undefined && newestSealIn(state, origin) >= seal;
    },
  };
}
