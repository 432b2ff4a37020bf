import { join } from 'node:path';
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

/** The lake as of one seal. Read from the commits of `captures` alone, so that every table is of the same moment. */
export interface Snapshot {
  /** Seals so far; also the version of `captures`. */
  readonly seals: number;
  /** Leaves of the log before the newest seal, and after it. */
  readonly sizeBefore: number;
  readonly size: number;
  /** The newest seal; undefined before the first. */
  readonly newest: { readonly facts: SealFacts; readonly head: SealHead } | undefined;
  /** Last durable sequence of each stream. */
  readonly cursors: ReadonlyMap<string, number>;
  readonly files: Readonly<Record<TableName, readonly LiveFile[]>>;
}

export const emptySnapshot = (): Snapshot => ({
  seals: 0,
  sizeBefore: 0,
  size: 0,
  newest: undefined,
  cursors: new Map(),
  files: Object.fromEntries(tableNames.map((table) => [table, []])) as unknown as Snapshot['files'],
});

function liveFile(table: TableName, { path, size, stats }: AddAction): LiveFile {
  const { numRecords, minValues, maxValues } = JSON.parse(stats) as LiveFile['stats'] & {
    numRecords: number;
  };
  return { path: `${table}/${path}`, rows: numRecords, size, stats: { minValues, maxValues } };
}

/** The snapshot after one more seal. */
export function advance(snapshot: Snapshot, facts: SealFacts, head: SealHead): Snapshot {
  return advanceAll(snapshot, [{ facts, head }]);
}

function advanceAll(snapshot: Snapshot, seals: readonly { facts: SealFacts; head: SealHead }[]): Snapshot {
  const newest = seals.at(-1);
  if (newest === undefined) return snapshot;
  const cursors = new Map(snapshot.cursors);
  const files = new Map(tableNames.map((table) => [table, [...snapshot.files[table]]]));
  for (const { facts } of seals) {
    for (const [stream, last] of Object.entries(facts.cursors)) cursors.set(stream, last);
    for (const [table, into] of files) {
      const adds = table === 'captures' ? facts.adds : (facts.derived[table] ?? []);
      for (const add of adds) into.push(liveFile(table, add));
    }
  }
  return {
    seals: newest.facts.seal,
    sizeBefore: seals.at(-2)?.head.logSize ?? snapshot.size,
    size: newest.head.logSize,
    newest,
    cursors,
    files: Object.fromEntries(files) as unknown as Snapshot['files'],
  };
}

/**
 * Reads the seals that were committed since `known`.
 *
 * @throws PipelineError LAKE_CORRUPT when a commit is not one that this lake's writer makes.
 */
export async function readSnapshot(files: Files, lake: string, known = emptySnapshot()): Promise<Snapshot> {
  const seals: { facts: SealFacts; head: SealHead }[] = [];
  for (let version = known.seals + 1; ; version++) {
    const bytes = await files.read(join(lake, commitPath('captures', version)));
    if (bytes === undefined) return advanceAll(known, seals);
    const commit = parseCapturesCommit(bytes.toString());
    if (commit?.facts.seal !== version) {
      throw new PipelineError(
        'LAKE_CORRUPT',
        `lake ${lake}`,
        `${commitPath('captures', version)} was not written by this product or was changed; run verify`,
      );
    }
    seals.push(commit);
  }
}
