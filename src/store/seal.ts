import { createHash } from 'node:crypto';
import type { TableName } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import { signCheckpoint } from '../proof/checkpoint.ts';
import { sealDigest } from '../proof/commits.ts';
import type { AddAction, SealFacts, SealHead } from '../proof/commits.ts';
import { entryBytes, sealEntries, segmentEntry } from '../proof/entries.ts';
import type { SegmentFacts } from '../proof/entries.ts';
import { beginGrowth, pendingPath } from '../proof/grow.ts';
import type { GrownLog, LogState } from '../proof/grow.ts';
import type { NoteSigner } from '../proof/note.ts';
import { encodeBundle } from '../proof/tiles.ts';
import type { FilePlan, SealPlan } from './batch.ts';
import { statsOf } from './delta-log.ts';
import type { Files } from './files.ts';
import { inParallel } from './parallel.ts';
import { writeParquet } from './parquet-writer.ts';
import { entriesOf, filesOf, operationOf, removesOf } from './maintain/plan.ts';
import type { RewritePlan } from './maintain/plan.ts';
import { columnsOf } from './schema.ts';
import { segmentName } from './segment-name.ts';
import type { Snapshot } from './snapshot.ts';
import { shareThread } from './thread-share.ts';
import { takeTurn } from './turn.ts';

/** Where a lake is written and by whom. */
export interface LakePlace {
  /** Of the lake. */
  readonly lakeOrigin: string;
  /** Names this writer and the folder of its log. */
  readonly writer: string;
  /** Of this writer's log. */
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly files: Files;
  /** This writer's newest commit to each table that it has committed to since it was opened. */
  readonly newestOwn: Map<TableName, { readonly seal: number; readonly version: number }>;
}

/** A seal that is true: its commit of `captures` is durable. */
export interface Committed {
  readonly facts: SealFacts;
  readonly head: SealHead;
  readonly log: GrownLog;
  /** The lake with this seal, and with those of others that were committed before it. */
  readonly snapshot: Snapshot;
  /** Bytes of Parquet written. */
  readonly bytes: number;
}

interface Segment {
  readonly table: TableName;
  readonly facts: SegmentFacts;
  readonly add: AddAction;
}

/** Bytes that are hashed at a stretch: well below a millisecond. */
const HASH_BYTES = 512 * 1024;

/** SHA-256 of a whole file, hex; others on the thread get their turn meanwhile. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  using share = shareThread();
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += HASH_BYTES) {
    hash.update(bytes.subarray(from, from + HASH_BYTES));
    if (share.isUsed()) await share.giveWay();
  }
  return hash.digest('hex');
}

async function writeSegment(
  { files, writer }: LakePlace,
  seal: number,
  time: number,
  plan: FilePlan,
  dataChange: boolean,
): Promise<Segment> {
  const { table, n, day, from, to } = plan;
  const columns = columnsOf(table);
  const { bytes, columns: facts } = await writeParquet(columns, plan.columns, from, to);
  const sha256 = await digestOf(bytes);
  const path = `day=${day}/${segmentName(writer, seal, n, sha256)}`;
  await files.replace(`${table}/${path}`, bytes);
  const size = bytes.length;
  return {
    table,
    facts: { seal, table, path, rows: to - from, sha256, size },
    add: {
      path,
      partitionValues: { day },
      size,
      modificationTime: time,
      dataChange,
      stats: statsOf(columns, to - from, facts),
    },
  };
}

const addsOf = (segments: readonly Segment[], table: TableName): AddAction[] =>
  segments.filter((segment) => segment.table === table).map(({ add }) => add);

/** What a seal takes over from what was before it. */
export interface SealBefore {
  readonly notes: SealFacts['notes'];
  /** What it has to say of tables that have grown columns. */
  readonly metaData: SealFacts['metaData'];
}

/** What a seal commits, from its plan and the files written for it. */
function factsOf(
  { origin }: LakePlace,
  seal: number,
  time: number,
  plan: SealPlan,
  segments: readonly Segment[],
  { notes: notesBefore, metaData }: SealBefore,
): SealFacts {
  const derived = [...new Set(segments.map(({ table }) => table))].filter((table) => table !== 'captures');
  const { maintenance } = plan;
  return {
    origin,
    seal,
    time,
    ...(maintenance === undefined
      ? {}
      : { operation: operationOf(maintenance), removes: removesOf(maintenance, time) }),
    adds: addsOf(segments, 'captures'),
    derived: Object.fromEntries(derived.map((table) => [table, addsOf(segments, table)])),
    ...(metaData === undefined ? {} : { metaData }),
    positions: 'signed',
    cursors: Object.fromEntries(plan.streams.flat().map(({ stream, last }) => [stream, last])),
    notes: {
      ...notesBefore,
      ...Object.fromEntries(plan.notes.map(({ kind, entry }) => [kind, sha256Hex(entry)])),
    },
  };
}

/** What maintenance has to say in the log, each rewrite with the digest of its new file. */
function maintenanceEntries({ maintenance }: SealPlan, segments: readonly Segment[]): string[] {
  if (maintenance === undefined) return [];
  const digests = new Map<RewritePlan, string | undefined>(
    filesOf(maintenance).map(({ rewrite }, i) => [rewrite, segments[i]?.facts.sha256]),
  );
  return entriesOf(maintenance, (rewrite) => digests.get(rewrite) ?? null);
}

/** Entries that are taken into the log at once: others on the thread wait for no more than these. */
const AT_ONCE = 256;

/** The log with the entries of a seal, and these as they wait until it is true. */
async function appended(
  log: LogState,
  entries: readonly string[],
): Promise<{ readonly grown: GrownLog; readonly pending: Buffer }> {
  using share = shareThread();
  const growth = beginGrowth(log);
  const parts: Uint8Array[] = [];
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    const bytes = entries.slice(from, from + AT_ONCE).map(entryBytes);
    growth.append(bytes);
    parts.push(encodeBundle(bytes));
    if (share.isUsed()) await share.giveWay();
  }
  return { grown: growth.finish(), pending: Buffer.concat(parts) };
}

/**
 * Writes a seal up to and including its one commit point, the commit of `captures`. Parquet files, then the log's
 * entries, then the commit: a crash before it leaves only files that nothing points to, and the same call may be made
 * again.
 *
 * @throws PipelineError STREAM_TAKEN when another writer has sealed some of it; LAKE_CONFLICT when another process
 *   writes under this writer's name.
 */
export async function commitSeal(
  place: LakePlace,
  { snapshot, log }: { readonly snapshot: Snapshot; readonly log: LogState },
  plan: SealPlan,
  { seal, time, ...before }: SealBefore & { readonly seal: number; readonly time: number },
): Promise<Committed> {
  const written: Segment[] = [];
  // Of a plan that only puts files together, none of the rows are new.
  const isNew = plan.maintenance === undefined || operationOf(plan.maintenance) !== 'OPTIMIZE';
  await inParallel(plan.files.entries(), async ([i, file]) => {
    written[i] = await writeSegment(place, seal, time, file, isNew);
  });
  const segments: readonly Segment[] = written;

  const facts = factsOf(place, seal, time, plan, segments, before);
  const entries = [
    ...plan.captureEntries,
    ...plan.notes.map(({ entry }) => entry),
    ...maintenanceEntries(plan, segments),
    ...segments.map((segment) => segmentEntry(segment.facts)),
    ...sealEntries({ seal, captures: plan.captureEntries.length, commit: sealDigest(facts) }, plan.streams),
  ];
  const { grown, pending } = await appended(log, entries);

  const checkpoint = { origin: place.origin, size: grown.tree.size, root: grown.tree.root() };
  const head: SealHead = {
    logSize: checkpoint.size,
    root: checkpoint.root.toString('base64'),
    checkpoint: signCheckpoint(checkpoint, place.signer),
  };
  // Tiles and bundles are only written once the seal is true: they replace one another, and of a writer that lost its
  // turn none may ever show. Until then the entries wait here, for whoever has to finish the seal after a crash.
  await place.files.replace(pendingPath(place.writer, seal, head.root), pending);
  const after = await takeTurn(place, snapshot, { facts, head }, plan.streams.flat());
  const bytes = segments.reduce((sum, { add }) => sum + add.size, 0);
  return { facts, head, log: grown, snapshot: after, bytes };
}

/** @param last the newest seal that is true. */
export const sealFailure = (path: string, last: number, cause: unknown): PipelineError =>
  cause instanceof PipelineError
    ? cause
    : new PipelineError(
        'STORE_FAILED',
        `lake ${path}`,
        `seal ${last + 1} could not be written, and nothing after seal ${last} was acknowledged; look at disk space and permissions`,
        { cause },
      );
