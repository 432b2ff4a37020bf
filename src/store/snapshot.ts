import type { TableName } from '../domain/tables.ts';
import { tableNames } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { parseCapturesCommit } from '../proof/commits.ts';
import type { AddAction, SealFacts, SealHead } from '../proof/commits.ts';
import { commitPath } from './delta-log.ts';
import type { Files } from './files.ts';

/** A sealed file of the lake. */
export interface LiveFile {
  /** Relative to the lake. */
  readonly path: string;
  readonly rows: number;
  readonly size: number;
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
}

/** A seal as its commit of `captures` has it. */
export interface Seal {
  readonly facts: SealFacts;
  readonly head: SealHead;
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
}

export const emptySnapshot = (): Snapshot => ({
  seals: 0,
  size: 0,
  newest: undefined,
  writers: new Map(),
  cursors: new Map(),
  files: Object.fromEntries(tableNames.map((table) => [table, []])) as unknown as Snapshot['files'],
});

function liveFile(table: TableName, { path, size, stats }: AddAction): LiveFile {
  const { numRecords, minValues, maxValues } = JSON.parse(stats) as LiveFile['stats'] & {
    numRecords: number;
  };
  return { path: `${table}/${path}`, rows: numRecords, size, stats: { minValues, maxValues } };
}

/** Puts what seals do to a table's files into its list: those taken out are gone, those added stand behind the others. */
function filesAfter(
  before: readonly LiveFile[],
  table: TableName,
  seals: readonly Seal[],
): readonly LiveFile[] {
  let files: readonly LiveFile[] = before;
  let added: LiveFile[] = [];
  for (const { facts } of seals) {
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
export function advance(snapshot: Snapshot, seals: readonly Seal[]): Snapshot {
  if (seals.length === 0) return snapshot;
  const cursors = new Map(snapshot.cursors);
  const writers = new Map(snapshot.writers);
  let { size } = snapshot;
  for (const seal of seals) {
    const { facts, head } = seal;
    for (const [stream, last] of Object.entries(facts.cursors)) cursors.set(stream, last);
    const before = writers.get(facts.origin);
    writers.set(facts.origin, {
      seals: facts.seal,
      sizeBefore: before?.size ?? 0,
      rootBefore: before?.newest.head.root,
      size: head.logSize,
      newest: seal,
    });
    size += head.logSize - (before?.size ?? 0);
  }
  return {
    seals: snapshot.seals + seals.length,
    size,
    newest: seals.at(-1),
    writers,
    cursors,
    files: Object.fromEntries(
      tableNames.map((table) => [table, filesAfter(snapshot.files[table], table, seals)]),
    ) as unknown as Snapshot['files'],
  };
}

/**
 * Reads the seal of one version of `captures`; undefined when there is no such version yet.
 *
 * @throws PipelineError LAKE_CORRUPT when the commit is not one that a writer of this product makes.
 */
export async function readSeal(files: Files, version: number): Promise<Seal | undefined> {
  const bytes = await files.read(commitPath('captures', version));
  if (bytes === undefined) return undefined;
  const seal = parseCapturesCommit(bytes.toString());
  if (seal !== undefined) return seal;
  throw new PipelineError(
    'LAKE_CORRUPT',
    `lake ${files.place}`,
    `${commitPath('captures', version)} was not written by this product or was changed; run verify`,
  );
}

/**
 * Reads the seals that were committed since `known`.
 *
 * @throws PipelineError LAKE_CORRUPT when a commit is not one that a writer of this product makes, or a writer's seals do
 *   not follow one another.
 */
export async function readSnapshot(files: Files, known = emptySnapshot()): Promise<Snapshot> {
  const seals: Seal[] = [];
  const newest = new Map([...known.writers].map(([origin, head]) => [origin, head.seals]));
  for (let version = known.seals + 1; ; version++) {
    const seal = await readSeal(files, version);
    if (seal === undefined) return advance(known, seals);
    const { origin, seal: number } = seal.facts;
    if (number !== (newest.get(origin) ?? 0) + 1) {
      const what = `${commitPath('captures', version)} is seal ${number} of ${origin}, which has ${newest.get(origin) ?? 0} before it; run verify`;
      throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what);
    }
    newest.set(origin, number);
    seals.push(seal);
  }
}
