import type { StoredCapture } from '../domain/capture.ts';
import type { Decision, Observation } from '../domain/control.ts';
import type { DeadLetter, Event } from '../domain/event.ts';
import type { Finding } from '../domain/finding.ts';
import { joinWords, tables } from '../domain/tables.ts';
import type { Table, TableName } from '../domain/tables.ts';
import { isoDay } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { JsonObject } from '../lib/json.ts';
import { originOf, WRITER_NAME } from '../proof/commits.ts';
import { noteEntry, reservedKinds } from '../proof/entries.ts';
import type { NoteSigner } from '../proof/note.ts';
import { KEY_NOTE } from '../proof/rotation.ts';
import { createBatch } from './batch.ts';
import type { Batch, SealPlan } from './batch.ts';
import { checkpointWriter } from './delta-checkpoint.ts';
import { creationDigests } from './delta-log.ts';
import type { Cover } from './encryption/cover.ts';
import type { Files } from './files.ts';
import { folderFiles } from './folder-files.ts';
import { lockLake } from './lock.ts';
import type { Lock } from './lock.ts';
import { sealPlanOf } from './maintain/plan.ts';
import type { MaintenancePlan } from './maintain/plan.ts';
import { publishSeal } from './publish.ts';
import { recoverLake, removeOrphans } from './recover.ts';
import { commitSeal } from './seal.ts';
import type { LakePlace } from './seal.ts';
import { readSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import type { LakeWatch } from './tail/lake-watch.ts';

export interface LakeOptions {
  /** The lake's folder, made when it is not there; a name for people when `files` are given. */
  readonly path: string;
  /** Names the lake, for example `plumbline.example.com/prod`. No space, no plus sign. */
  readonly origin: string;
  /** Names this writer among those of the lake; its log has the origin `<origin>/<writer>`. (Default: main) */
  readonly writer?: string;
  /** Signs as the origin of the writer's log. */
  readonly signer: NoteSigner;
  readonly clock: Clock;
  /** (Default: those of the folder) */
  readonly files?: Files;
  /** Keeps others of the same name out. (Default: an exclusive lock on a file of the lake) */
  readonly lock?: (path: string, writer: string) => Lock | Promise<Lock>;
  /** What is stored in place of cells, encrypted. (Default: cells are stored as they are) */
  readonly cover?: Cover;
  /** Is told of what waits for a seal. (Default: nobody is) */
  readonly watch?: LakeWatch | undefined;
}

/** What is waiting for the next seal. */
export interface Pending {
  readonly captures: number;
  /** Rows over all tables. */
  readonly rows: number;
  /** Bytes of bodies. */
  readonly bytes: number;
  /** When the oldest of it was added, epoch ms; undefined when nothing waits. */
  readonly oldestAt: number | undefined;
}

export interface SealResult {
  readonly seal: number;
  /** Leaves under the new checkpoint. */
  readonly size: number;
  /** Root hash, base64. */
  readonly root: string;
  readonly checkpoint: string;
  readonly rows: Readonly<Record<TableName, number>>;
  readonly files: number;
  /** Bytes of Parquet written. */
  readonly bytes: number;
  /** Last sequence, now durable, of each stream that this seal took from. */
  readonly cursors: ReadonlyMap<string, number>;
}

/** One writer of a lake. Rows become durable, all tables at once, with the seal after them. */
export interface Lake {
  /** Leaves under the newest checkpoint of this writer. */
  readonly size: number;
  /** Seals of this writer. */
  readonly seals: number;
  readonly pending: Pending;
  /** The capture's leaf in the evidence log; undefined when the lake has it already, sealed or pending. */
  append(stored: StoredCapture): number | undefined;
  addEvents(rows: readonly Event[]): void;
  addFindings(rows: readonly Finding[]): void;
  addObservations(rows: readonly Observation[]): void;
  addDecisions(rows: readonly Decision[]): void;
  addDeadLetters(rows: readonly DeadLetter[]): void;
  /** Puts a fact into the log (which rule pack, which mappings) when it differs from the last of its kind; true when it does. */
  addNote(kind: string, note: JsonObject): boolean;
  /**
   * Makes everything pending durable; undefined when nothing was. Rows may be added meanwhile: they wait for the next.
   *
   * @throws PipelineError STORE_FAILED when a write failed: nothing is lost, and the next call tries again.
   */
  seal(): Promise<SealResult | undefined>;
  /**
   * Puts files of this writer in place of others, in a seal of its own behind everything that waits. Rows may be added
   * meanwhile.
   *
   * @throws PipelineError STORE_FAILED when a write failed: the next seal tries again; STREAM_TAKEN when one of the files
   *   is gone.
   */
  maintain(plan: MaintenancePlan): Promise<SealResult | undefined>;
  /** Last durable sequence of every stream, of all writers as last looked at. */
  cursors(): ReadonlyMap<string, number>;
  /**
   * Last durable sequence of a stream by whichever writer, as of now. To be asked when a stream is taken up, also again
   * after STREAM_TAKEN.
   */
  durableSequence(stream: string): Promise<number | undefined>;
  /** Lets go of the lake. What was not sealed is gone, and is read again from its source. */
  close(): Promise<void>;
}

const noBytes = (): number => 0;

/**
 * Opens a lake for writing, makes it when there is none, and finishes what a crash left undone.
 *
 * @throws PipelineError LAKE_CONFLICT when another process writes to it, or it has another origin or key;
 *   LAKE_CORRUPT when it contradicts itself.
 */
export async function openLake(options: LakeOptions): Promise<Lake> {
  const { path, clock, signer, lock: takeLock = lockLake, writer = 'main', watch } = options;
  const files = options.files ?? folderFiles(path, writer);
  const origin = originOf(options.origin, writer);
  if (!WRITER_NAME.test(writer) || signer.verifier.name !== origin) {
    const what = `${writer} cannot write with the key of ${signer.verifier.name}: its log is ${origin}, and a writer's name is of lower-case letters, digits and dashes`;
    throw new PipelineError('CONFIG_INVALID', `lake ${path}`, what);
  }
  const lock = await takeLock(path, writer);
  const place: LakePlace = {
    lakeOrigin: options.origin,
    writer,
    origin,
    signer,
    files,
    newestOwn: new Map(),
  };
  const opened = await recoverLake(place, clock()).catch(async (thrown: unknown) => {
    await lock.release();
    throw thrown;
  });
  let { snapshot, log } = opened;
  /** Of this writer: what its next seal builds on. */
  let sealed = snapshot.writers.get(origin);
  const sequences = new Map(snapshot.cursors);
  const notes = new Map(Object.entries(sealed?.newest.facts.notes ?? {}));
  let batch = createBatch(sealed?.size ?? 0, options.cover);
  let oldestAt: number | undefined;
  /** Seals to be, in their order. */
  let frozen: readonly Frozen[] = [];
  /** What no stream brings again, to be added anew when a batch is dropped. */
  let lasting: (() => void)[] = [];
  /** Streams that were dropped and have not been taken up again. */
  const dropped = new Set<string>();
  let sealing: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let hasOrphans = true;
  const checkpoints = checkpointWriter(files);
  if (lock.isExclusive) {
    const last = sealed?.seals ?? 0;
    await removeOrphans(place, snapshot, (seal) => seal > last);
    hasOrphans = false;
  }

  const touch = (): void => {
    if (isClosed) throw new PipelineError('STORE_FAILED', `lake ${path}`, 'it is closed');
    oldestAt ??= clock();
  };

  const keep = (add: () => void): void => {
    lasting.push(add);
    add();
  };

  const frozenDayOf = (leaf: number): string | undefined => {
    for (const { before } of frozen) {
      const day = before.dayOf(leaf);
      if (day !== undefined) return day;
    }
    return undefined;
  };

  const addAll =
    <Row>(
      table: Table<Row>,
      leafOf: (row: Row) => number,
      tell?: (row: Row) => void,
      bytesOf: (row: Row) => number = noBytes,
    ) =>
    (rows: readonly Row[]): void => {
      if (rows.length === 0) return;
      touch();
      const add = (day: string, row: Row): void => {
        batch.addRow(table, day, bytesOf(row), row);
        tell?.(row);
      };
      for (const row of rows) {
        const leaf = leafOf(row);
        const day = batch.dayOf(leaf) ?? frozenDayOf(leaf);
        if (day !== undefined) add(day, row);
        // A row about a capture sealed before, or about none, belongs to the day it is recorded on.
        else keep(() => add(isoDay(clock()), row));
      }
    };

  const addNote = (kind: string, note: JsonObject): boolean => {
    if (reservedKinds.includes(kind)) throw new RangeError(`a note may not be of kind ${kind}`);
    const digest = sha256Hex(noteEntry(kind, note));
    if (notes.get(kind) === digest) return false;
    touch();
    notes.set(kind, digest);
    keep(() => batch.addNote(kind, note));
    return true;
  };
  if (sealed === undefined) {
    const note = { origin, tables: await creationDigests(files) };
    keep(() => batch.addNote('lake', note));
  }
  for (const rotation of opened.handOvers) {
    touch();
    keep(() => batch.addNote(KEY_NOTE, { rotation }));
  }

  const failed = (cause: unknown): PipelineError => {
    const last = sealed?.seals ?? 0;
    return cause instanceof PipelineError
      ? cause
      : new PipelineError(
          'STORE_FAILED',
          `lake ${path}`,
          `seal ${last + 1} could not be written, and nothing after seal ${last} was acknowledged; look at disk space and permissions`,
          { cause },
        );
  };

  /** Takes in what others have sealed. The later of two looks counts, whichever answers first. */
  const see = (seen: Snapshot): void => {
    if (seen.seals <= snapshot.seals) return;
    snapshot = seen;
    for (const [stream, last] of snapshot.cursors)
      if (last > (sequences.get(stream) ?? -Infinity)) sequences.set(stream, last);
  };

  /** Sets what is pending aside as the next seal; what comes from now on waits for the one after. */
  const freezeAs = (plan: SealPlan): Frozen => {
    const next = {
      seal: (sealed?.seals ?? 0) + frozen.length + 1,
      plan,
      before: batch,
      time: clock(),
      lasting,
    };
    frozen = [...frozen, next];
    batch = createBatch(plan.nextLeaf, options.cover);
    lasting = [];
    oldestAt = undefined;
    watch?.frozen(next.seal);
    return next;
  };

  const freeze = (): void => {
    if (frozen.length === 0 && oldestAt !== undefined) freezeAs(batch.plan());
  };

  /** The same for maintenance, behind all that waits. */
  const freezeMaintenance = (plan: MaintenancePlan): Frozen => {
    if (oldestAt !== undefined) freezeAs(batch.plan());
    return freezeAs(sealPlanOf(plan, batch.firstLeaf));
  };

  /**
   * Removes what an earlier process left of a seal that never came to be. Where that process may not have ended, it could
   * still make the seal true, until another one has its number.
   */
  const clearOrphans = async (newest: number): Promise<void> => {
    if (!hasOrphans) return;
    await removeOrphans(place, snapshot, (seal) => seal <= newest);
    hasOrphans = false;
  };

  /** Lets everything unsealed go, but for what no stream brings again. */
  const drop = (): void => {
    const again = [...frozen.flatMap((waiting) => waiting.lasting), ...lasting];
    for (const waiting of [...frozen.map(({ before }) => before), batch])
      for (const stream of waiting.streams()) dropped.add(stream);
    frozen = [];
    hasOrphans = true;
    lasting = [];
    batch = createBatch(sealed?.size ?? 0, options.cover);
    watch?.dropped();
    sequences.clear();
    for (const [stream, last] of snapshot.cursors) sequences.set(stream, last);
    // A new log's first note waits for something to be sealed with.
    oldestAt = again.length > (sealed === undefined ? 1 : 0) ? clock() : undefined;
    for (const add of again) keep(add);
  };

  const sealOnce = async (): Promise<SealResult | undefined> => {
    if (isClosed) throw new PipelineError('STORE_FAILED', `lake ${path}`, 'it is closed');
    freeze();
    const [next] = frozen;
    if (next === undefined) return undefined;
    if (!lock.isHeld) {
      const what = `another process has taken over from this one as ${writer}; what is not sealed here is read again there`;
      throw new PipelineError('LAKE_CONFLICT', `lake ${path}`, what);
    }
    const { plan, seal, time } = next;
    try {
      const committed = await commitSeal(place, { snapshot, log }, plan, {
        seal,
        time,
        notes: sealed?.newest.facts.notes ?? {},
      });
      const { facts, head } = committed;
      await publishSeal(place, { facts, head }, committed.log, sealed?.size ?? 0);
      see(committed.snapshot);
      sealed = {
        seals: seal,
        sizeBefore: sealed?.size ?? 0,
        rootBefore: sealed?.newest.head.root,
        size: head.logSize,
        newest: { facts, head },
      };
      log = { tree: committed.log.tree, tail: committed.log.tail };
      frozen = frozen.slice(1);
      await clearOrphans(seal);
      place.newestOwn.set('captures', { seal, version: committed.snapshot.seals });
      await checkpoints(place.newestOwn, seal);
      return {
        seal,
        size: head.logSize,
        root: head.root,
        checkpoint: head.checkpoint,
        rows: plan.rows,
        files: plan.files.length,
        bytes: committed.bytes,
        cursors: new Map(Object.entries(facts.cursors)),
      };
    } catch (thrown) {
      // Half-written files would otherwise pile up on a full disk, one for each new try.
      await files.tidy().catch(() => undefined);
      if (thrown instanceof PipelineError && thrown.code === 'STREAM_TAKEN') {
        see(await readSnapshot(files, snapshot).catch(() => snapshot));
        drop();
      }
      throw failed(thrown);
    }
  };

  return {
    get size() {
      return sealed?.size ?? 0;
    },
    get seals() {
      return sealed?.seals ?? 0;
    },
    get pending() {
      const waiting = [...frozen.map(({ before }) => before), batch];
      const total = (count: (of: Batch) => number): number => waiting.reduce((sum, of) => sum + count(of), 0);
      return {
        captures: total(({ captures }) => captures),
        rows: total(({ rows }) => rows),
        bytes: total(({ bytes }) => bytes),
        oldestAt: frozen[0]?.time ?? oldestAt,
      };
    },
    append(capture) {
      const { stream, sequence } = capture;
      if (dropped.has(stream)) {
        const what = `what was not sealed of ${stream} was dropped; take it up again from its durable sequence`;
        throw new PipelineError('STREAM_TAKEN', `lake ${path}`, what);
      }
      const newest = sequences.get(stream);
      if (newest !== undefined && sequence <= newest) return undefined;
      touch();
      sequences.set(stream, sequence);
      const { redactions, originalSha256, body } = capture;
      // A body that nothing was cut out of is the original, whose digest the collector has computed already.
      const storedSha256 = redactions.length === 0 ? originalSha256 : sha256Hex(body);
      watch?.capture();
      return batch.addCapture({ capture, storedSha256, redactions: joinWords(redactions) });
    },
    addEvents: addAll(tables.events, (row) => row.evidence.leaf, watch?.event),
    addFindings: addAll(tables.findings, (row) => row.evidence.leaf, watch?.finding),
    addObservations: addAll(tables.observations, (row) => row.evidence.leaf, watch?.observation),
    addDecisions: addAll(tables.decisions, () => -1),
    addDeadLetters: addAll(
      tables.dead_letters,
      (row) => row.evidence.leaf,
      watch?.deadLetter,
      (row) => row.bytes.length,
    ),
    addNote,
    seal() {
      freeze();
      const next = sealing.then(sealOnce, sealOnce);
      sealing = next.catch(() => undefined);
      return next;
    },
    maintain(plan) {
      if (plan.rewrites.length === 0) return Promise.resolve(undefined);
      const mine = freezeMaintenance(plan);
      const drain = async (): Promise<SealResult | undefined> => {
        let result: SealResult | undefined;
        while (frozen.includes(mine)) result = await sealOnce();
        return result;
      };
      const next = sealing.then(drain, drain);
      sealing = next.catch(() => undefined);
      return next;
    },
    cursors: () => snapshot.cursors,
    async durableSequence(stream) {
      see(await readSnapshot(files, snapshot));
      dropped.delete(stream);
      return snapshot.cursors.get(stream);
    },
    async close() {
      if (isClosed) return;
      await sealing;
      isClosed = true;
      await lock.release();
    },
  };
}

/** A seal to be: written again as it is until it is true. */
interface Frozen {
  /** Its number. */
  readonly seal: number;
  readonly plan: SealPlan;
  readonly before: Batch;
  readonly time: number;
  readonly lasting: readonly (() => void)[];
}
