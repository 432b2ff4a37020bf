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
import { noteEntry, reservedKinds } from '../proof/entries.ts';
import type { NoteSigner } from '../proof/note.ts';
import { createBatch } from './batch.ts';
import type { Batch, SealPlan } from './batch.ts';
import { creationDigests } from './delta-log.ts';
import { localFiles } from './files.ts';
import type { Files } from './files.ts';
import { lockLake } from './lock.ts';
import type { Lock } from './lock.ts';
import { publishSeal } from './publish.ts';
import { recoverLake } from './recover.ts';
import { commitSeal } from './seal.ts';
import type { LakePlace } from './seal.ts';
import { advance } from './snapshot.ts';
import { createStaging } from './staging.ts';

export interface LakeOptions {
  /** The lake's folder; made when it is not there. */
  readonly path: string;
  /** Names the evidence log, for example `plumbline.example.com/prod`. No space, no plus sign. */
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly clock: Clock;
  /** (Default: files of this machine) */
  readonly files?: Files;
  /** Keeps other writers out. (Default: an exclusive lock on a file of the lake) */
  readonly lock?: (path: string) => Lock;
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

/** The one writer of a lake. Rows become durable, all tables at once, with the seal after them. */
export interface Lake {
  /** Leaves under the newest checkpoint. */
  readonly size: number;
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
  /** Last durable sequence of every stream. */
  cursors(): ReadonlyMap<string, number>;
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
  const { path, clock, files = localFiles, lock: takeLock = lockLake } = options;
  await files.makeFolder(path);
  const lock = takeLock(path);
  const place: LakePlace = { ...options, files, staging: createStaging(files, path) };
  const opened = await recoverLake(place, clock()).catch((thrown: unknown) => {
    lock.release();
    throw thrown;
  });
  let { snapshot, log } = opened;
  const sequences = new Map(snapshot.cursors);
  const notes = new Map(Object.entries(snapshot.newest?.facts.notes ?? {}));
  let batch = createBatch(snapshot.size);
  let oldestAt: number | undefined;
  let frozen: { readonly plan: SealPlan; readonly before: Batch; readonly time: number } | undefined;
  let sealing: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  const touch = (): void => {
    if (isClosed) throw new PipelineError('STORE_FAILED', `lake ${path}`, 'it is closed');
    oldestAt ??= clock();
  };

  const addAll =
    <Row>(table: Table<Row>, leafOf: (row: Row) => number, bytesOf: (row: Row) => number = noBytes) =>
    (rows: readonly Row[]): void => {
      if (rows.length === 0) return;
      touch();
      for (const row of rows) {
        const leaf = leafOf(row);
        // A row about a capture sealed before, or about none, belongs to the day it is recorded on.
        const day = batch.dayOf(leaf) ?? frozen?.before.dayOf(leaf) ?? isoDay(clock());
        batch.addRow(table, day, bytesOf(row), row);
      }
    };

  const addNote = (kind: string, note: JsonObject): boolean => {
    if (reservedKinds.includes(kind)) throw new RangeError(`a note may not be of kind ${kind}`);
    const digest = sha256Hex(noteEntry(kind, note));
    if (notes.get(kind) === digest) return false;
    touch();
    notes.set(kind, digest);
    batch.addNote(kind, note);
    return true;
  };
  if (snapshot.seals === 0) {
    batch.addNote('lake', { origin: options.origin, tables: await creationDigests(files, path) });
  }

  const failed = (cause: unknown): PipelineError =>
    cause instanceof PipelineError
      ? cause
      : new PipelineError(
          'STORE_FAILED',
          `lake ${path}`,
          `seal ${snapshot.seals + 1} could not be written, and nothing after seal ${snapshot.seals} was acknowledged; look at disk space and permissions`,
          { cause },
        );

  /** Sets what is pending aside as the next seal; what comes from now on waits for the one after. */
  const freeze = (): void => {
    if (frozen !== undefined || oldestAt === undefined) return;
    frozen = { plan: batch.plan(), before: batch, time: clock() };
    batch = createBatch(frozen.plan.nextLeaf);
    oldestAt = undefined;
  };

  const sealOnce = async (): Promise<SealResult | undefined> => {
    if (isClosed) throw new PipelineError('STORE_FAILED', `lake ${path}`, 'it is closed');
    freeze();
    if (frozen === undefined) return undefined;
    const { plan, time } = frozen;
    const seal = snapshot.seals + 1;
    try {
      const committed = await commitSeal(place, log, plan, {
        seal,
        time,
        notes: snapshot.newest?.facts.notes ?? {},
      });
      await publishSeal(place, committed.facts, committed.head, snapshot.size);
      snapshot = advance(snapshot, committed.facts, committed.head);
      log = committed.log;
      frozen = undefined;
      return {
        seal,
        size: snapshot.size,
        root: committed.head.root,
        checkpoint: committed.head.checkpoint,
        rows: plan.rows,
        files: plan.files.length,
        bytes: committed.bytes,
        cursors: new Map(Object.entries(committed.facts.cursors)),
      };
    } catch (thrown) {
      // Half-written files would otherwise pile up on a full disk, one for each new try.
      await place.staging.clear().catch(() => undefined);
      throw failed(thrown);
    }
  };

  return {
    get size() {
      return snapshot.size;
    },
    get seals() {
      return snapshot.seals;
    },
    get pending() {
      const waiting = frozen?.before;
      return {
        captures: batch.captures + (waiting?.captures ?? 0),
        rows: batch.rows + (waiting?.rows ?? 0),
        bytes: batch.bytes + (waiting?.bytes ?? 0),
        oldestAt: frozen?.time ?? oldestAt,
      };
    },
    append(capture) {
      const { stream, sequence } = capture;
      const newest = sequences.get(stream);
      if (newest !== undefined && sequence <= newest) return undefined;
      touch();
      sequences.set(stream, sequence);
      const { redactions, originalSha256, body } = capture;
      // A body that nothing was cut out of is the original, whose digest the collector has computed already.
      const storedSha256 = redactions.length === 0 ? originalSha256 : sha256Hex(body);
      return batch.addCapture({ capture, storedSha256, redactions: joinWords(redactions) });
    },
    addEvents: addAll(tables.events, (row) => row.evidence.leaf),
    addFindings: addAll(tables.findings, (row) => row.evidence.leaf),
    addObservations: addAll(tables.observations, (row) => row.evidence.leaf),
    addDecisions: addAll(tables.decisions, () => -1),
    addDeadLetters: addAll(
      tables.dead_letters,
      (row) => row.evidence.leaf,
      (row) => row.bytes.length,
    ),
    addNote,
    seal() {
      freeze();
      const next = sealing.then(sealOnce, sealOnce);
      sealing = next.catch(() => undefined);
      return next;
    },
    cursors: () => snapshot.cursors,
    async close() {
      if (isClosed) return;
      await sealing;
      isClosed = true;
      lock.release();
    },
  };
}
