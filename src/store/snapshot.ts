import type { TableName } from '../domain/tables.ts';
import { tableNames } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { emptyState, replay } from '../proof/delta-state.ts';
import { sealsFrom } from './commits.ts';
import type { Seal } from './commits.ts';
import { commitPath } from './delta-log.ts';
import type { Files } from './files.ts';
import { liveFile } from './live-file.ts';
import { nearReads } from './near-reads.ts';
import { inParallel } from './parallel.ts';
import { checkReadable } from './schema.ts';
import type { Descriptions, TableDescription } from './schema.ts';
import type { HeadVersions } from './heads.ts';
import { readCheckpointedLake } from './snapshot-checkpoint.ts';
import type { CheckpointedLake } from './snapshot-checkpoint.ts';

/** A sealed file of the lake. */
export interface LiveFile {
  /** Relative to the lake. */
  readonly path: string;
  readonly rows: number;
  readonly size: number;
  /** How many it has; of tables that have grown since, fewer than the table. */
  readonly columns: number;
  readonly stats: {
    readonly minValues: Readonly<Record<string, string | number>>;
    readonly maxValues: Readonly<Record<string, string | number>>;
  };
}

/** A writer's log as of its newest seal. */
export interface WriterHead {
  readonly seals: number;
  /** Leaves of the log before the newest seal, and after it. */
  readonly sizeBefore: number;
  readonly rootBefore: string | undefined;
  readonly size: number;
  readonly newest: Seal;
  /** Versions of `captures`: of the newest seal, and of the one before it. */
  readonly versions: HeadVersions;
}

/** The lake as of one seal. Read from the commits of `captures` alone, so that every table is of the same moment. */
export interface Snapshot {
  /** Seals so far, of all writers; also the version of `captures`. */
  readonly seals: number;
  /** Leaves over all logs. */
  readonly size: number;
  /** The newest seal of any writer; undefined before the first. */
  readonly newest: Seal | undefined;
  /** Each writer's newest seal, by the origin of its log. */
  readonly writers: ReadonlyMap<string, WriterHead>;
  /** Last durable sequence of each stream. */
  readonly cursors: ReadonlyMap<string, number>;
  readonly files: Readonly<Record<TableName, readonly LiveFile[]>>;
  /** What the tables are; none before the first look. */
  readonly descriptions: Descriptions;
}

export const emptySnapshot = (): Snapshot => ({
  seals: 0,
  size: 0,
  newest: undefined,
  writers: new Map(),
  cursors: new Map(),
  files: filesOf(() => []),
  descriptions: {},
});

/** Whether the list of a table's files has what a seal does to it already. */
type IsIncluded = (table: TableName, origin: string, seal: number) => boolean;
const includesNone: IsIncluded = () => false;

/** Puts what seals do to a table's files into its list: those taken out are gone, those added stand behind the others. */
function filesAfter(
  before: readonly LiveFile[],
  table: TableName,
  seals: readonly Seal[],
  isIncluded: IsIncluded,
): readonly LiveFile[] {
  let files: readonly LiveFile[] = before;
  let added: LiveFile[] = [];
  for (const { facts } of seals) {
    if (isIncluded(table, facts.origin, facts.seal)) continue;
    const removes = facts.removes?.[table] ?? [];
    if (removes.length > 0) {
      const removed = new Set(removes.map(({ path }) => `${table}/${path}`));
      files = [...files, ...added].filter(({ path }) => !removed.has(path));
      added = [];
    }
    for (const add of table === 'captures' ? facts.adds : (facts.derived[table] ?? []))
      added.push(liveFile(table, add));
  }
  return added.length === 0 ? files : [...files, ...added];
}

/** The snapshot after more seals, in the order of their commits. */
export function advance(snapshot: Snapshot, seals: readonly Seal[], isIncluded = includesNone): Snapshot {
  if (seals.length === 0) return snapshot;
  const cursors = new Map(snapshot.cursors);
  const writers = new Map(snapshot.writers);
  let { size } = snapshot;
  for (const [i, seal] of seals.entries()) {
    const { facts, head } = seal;
    for (const [stream, last] of Object.entries(facts.cursors)) cursors.set(stream, last);
    const before = writers.get(facts.origin);
    writers.set(facts.origin, {
      seals: facts.seal,
      sizeBefore: before?.size ?? 0,
      rootBefore: before?.newest.head.root,
      size: head.logSize,
      newest: seal,
      versions: { newest: snapshot.seals + i + 1, before: before?.versions.newest ?? 0 },
    });
    size += head.logSize - (before?.size ?? 0);
  }
  return {
    seals: snapshot.seals + seals.length,
    size,
    newest: seals.at(-1),
    writers,
    cursors,
    files: filesOf((table) => filesAfter(snapshot.files[table], table, seals, isIncluded)),
    descriptions: describedAfter(snapshot.descriptions, seals),
  };
}

/** Tables as seals describe them anew. */
function describedAfter(before: Descriptions, seals: readonly Seal[]): Descriptions {
  const described: Partial<Record<string, TableDescription>> = { ...before };
  for (const { facts } of seals)
    for (const [table, metaData] of Object.entries(facts.metaData ?? {}))
      described[table] = { protocol: described[table]?.protocol, metaData };
  return described;
}

const filesOf = (of: (table: TableName) => readonly LiveFile[]): Snapshot['files'] =>
  Object.fromEntries(tableNames.map((table) => [table, of(table)])) as unknown as Snapshot['files'];

/** What a checkpoint and the tables beside it say; the newest seals of each writer may be missing in those. */
function fromCheckpoint({ heads, adds, isIncluded, ...of }: CheckpointedLake): Snapshot {
  const writers = new Map(
    [...heads].map(([origin, { versions, newest, before }]): [string, WriterHead] => [
      origin,
      {
        seals: newest.facts.seal,
        sizeBefore: before?.head.logSize ?? 0,
        rootBefore: before?.head.root,
        size: newest.head.logSize,
        newest,
        versions,
      },
    ]),
  );
  const all = [...writers.values()].toSorted((a, b) => a.versions.newest - b.versions.newest);
  const newest = all.map((head) => head.newest);
  const isHere: IsIncluded = (table, origin, seal) => table === 'captures' || isIncluded(table, origin, seal);
  return {
    seals: of.version,
    size: all.reduce((sum, { size }) => sum + size, 0),
    newest: newest.at(-1),
    writers,
    cursors: of.cursors,
    descriptions: of.descriptions,
    files: filesOf((table) =>
      filesAfter(
        adds[table].map((add) => liveFile(table, add)),
        table,
        newest,
        isHere,
      ),
    ),
  };
}

/**
 * Reads the seals that were committed since `known`; of a lake that nothing is known of, those since its newest
 * checkpoint.
 *
 * @throws PipelineError LAKE_CORRUPT when a commit is not one that a writer of this product makes, or a writer's seals do
 *   not follow one another; LAKE_NEWER when its tables need more than this version knows.
 */
export async function readSnapshot(all: Files, known = emptySnapshot()): Promise<Snapshot> {
  const files = known.seals === 0 ? nearReads(all) : all;
  const checkpointed =
    known.seals === 0 ? await readCheckpointedLake(files).catch(() => undefined) : undefined;
  const from = checkpointed === undefined ? await withTables(files, known) : fromCheckpoint(checkpointed);
  const seals: Seal[] = [];
  const newest = new Map([...from.writers].map(([origin, head]) => [origin, head.seals]));
  for await (const { version, facts, head } of sealsFrom(files, from.seals + 1)) {
    const { origin, seal: number } = facts;
    if (number !== (newest.get(origin) ?? 0) + 1) {
      const what = `${commitPath('captures', version)} is seal ${number} of ${origin}, which has ${newest.get(origin) ?? 0} before it; run verify`;
      throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what);
    }
    newest.set(origin, number);
    seals.push({ facts, head });
  }
  const snapshot = advance(from, seals, checkpointed?.isIncluded);
  checkReadable(files.place, snapshot.descriptions);
  return snapshot;
}

/** Of a lake that nothing is known of: its tables as their first commits made them. */
async function withTables(files: Files, known: Snapshot): Promise<Snapshot> {
  if (known.descriptions.captures !== undefined) return known;
  const descriptions: Partial<Record<TableName, TableDescription>> = {};
  await inParallel(tableNames, async (table) => {
    const commit = await files.read(commitPath(table, 0));
    if (commit === undefined) return;
    const { protocol, metaData } = replay(emptyState(), [commit.toString()]);
    descriptions[table] = { protocol, metaData };
  });
  return { ...known, descriptions };
}
