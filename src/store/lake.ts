import type { StoredCapture } from '../domain/capture.ts';
import type { Decision, Observation } from '../domain/control.ts';
import type { DeadLetter, Event } from '../domain/event.ts';
import type { Finding } from '../domain/finding.ts';
import { tables } from '../domain/tables.ts';
import type { TableName } from '../domain/tables.ts';
import type { Clock } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import type { JsonObject } from '../lib/json.ts';
import { originOf, WRITER_NAME } from '../proof/commits.ts';
import type { NoteSigner } from '../proof/note.ts';
import { KEY_NOTE } from '../proof/rotation.ts';
import { checkpointWriter } from './delta-checkpoint.ts';
import { creationDigests } from './delta-log.ts';
import type { Cover } from './encryption/cover.ts';
import type { Files } from './files.ts';
import { folderFiles } from './folder-files.ts';
import { createIntake } from './intake.ts';
import type { Pending } from './intake.ts';
import { lockLake } from './lock.ts';
import type { Lock } from './lock.ts';
import type { MaintenancePlan } from './maintain/plan.ts';
import { publishSeal } from './publish.ts';
import { recoverLake, removeOrphans } from './recover.ts';
import { commitSeal, sealFailure } from './seal.ts';
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

export interface SealResult {
  readonly seal: number;
  /** Epoch ms. */
  readonly time: number;
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
   * What `maintain` has sealed on its way is answered here, too: whoever takes in has to hear that it is durable.
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

const leafOf = ({ evidence }: { readonly evidence: { readonly leaf: number } }): number => evidence.leaf;

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
  let { snapshot, log, metaData } = opened;
  /** Of this writer: what its next seal builds on. */
  let sealed = snapshot.writers.get(origin);
  watch?.opened(sealed?.seals ?? 0);
  const intake = createIntake({
    path,
    clock,
    cover: options.cover,
    watch,
    head: () => sealed ?? { seals: 0, size: 0 },
    notes: sealed?.newest.facts.notes ?? {},
    cursors: snapshot.cursors,
  });
  let sealing: Promise<unknown> = Promise.resolve();
  /** A seal of what was taken in that came before one of maintenance, and that nobody has asked for yet. */
  let unsaid: SealResult | undefined;
  let isClosed = false;
  let hasOrphans = true;
  const checkpoints = checkpointWriter(files);
  if (lock.isExclusive) {
    const last = sealed?.seals ?? 0;
    await removeOrphans(place, snapshot, (seal) => seal > last);
    hasOrphans = false;
  }

  if (sealed === undefined)
    intake.addOwnNote('lake', { origin, tables: await creationDigests(files) }, false);
  for (const rotation of opened.handOvers) intake.addOwnNote(KEY_NOTE, { rotation }, true);

  /** Takes in what others have sealed. The later of two looks counts, whichever answers first. */
  const see = (seen: Snapshot): void => {
    if (seen.seals <= snapshot.seals) return;
    snapshot = seen;
    intake.see(snapshot.cursors);
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

  const sealOnce = async (): Promise<SealResult | undefined> => {
    if (isClosed) throw new PipelineError('STORE_FAILED', `lake ${path}`, 'it is closed');
    intake.freeze();
    const { next } = intake;
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
        metaData,
      });
      const { facts, head } = committed;
      await publishSeal(place, { facts, head }, committed.log, sealed?.size ?? 0);
      see(committed.snapshot);
      sealed = committed.snapshot.writers.get(origin);
      log = { tree: committed.log.tree, tail: committed.log.tail };
      metaData = undefined;
      intake.sealed();
      watch?.sealed(seal);
      await clearOrphans(seal);
      place.newestOwn.set('captures', { seal, version: committed.snapshot.seals });
      await checkpoints(place.newestOwn, seal, committed.snapshot);
      return {
        seal,
        time,
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
        hasOrphans = true;
        intake.drop(snapshot.cursors);
      }
      throw sealFailure(path, sealed?.seals ?? 0, thrown);
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
      const { pending } = intake;
      return unsaid === undefined ? pending : { ...pending, oldestAt: unsaid.time };
    },
    append: intake.append,
    addEvents: intake.adder(tables.events, { leafOf, tell: watch?.event }),
    addFindings: intake.adder(tables.findings, { leafOf, tell: watch?.finding }),
    addObservations: intake.adder(tables.observations, { leafOf, tell: watch?.observation }),
    addDecisions: intake.adder(tables.decisions, { leafOf: () => -1 }),
    addDeadLetters: intake.adder(tables.dead_letters, {
      leafOf,
      tell: watch?.deadLetter,
      bytesOf: ({ bytes }) => bytes.length,
    }),
    addNote: intake.addNote,
    seal() {
      intake.freeze();
      const next = sealing.then(sealOnce, sealOnce).then((result) => {
        const known = result ?? unsaid;
        unsaid = undefined;
        return known;
      });
      sealing = next.catch(() => undefined);
      return next;
    },
    maintain(plan) {
      if (plan.rewrites.length === 0) return Promise.resolve(undefined);
      const mine = intake.freezeMaintenance(plan);
      const drain = async (): Promise<SealResult | undefined> => {
        let result: SealResult | undefined;
        while (intake.isWaiting(mine)) {
          const isMine = intake.next === mine;
          result = await sealOnce();
          if (!isMine && result !== undefined) unsaid = result;
        }
        return result;
      };
      const next = sealing.then(drain, drain);
      sealing = next.catch(() => undefined);
      return next;
    },
    cursors: () => snapshot.cursors,
    async durableSequence(stream) {
      see(await readSnapshot(files, snapshot));
      intake.takeUp(stream);
      return snapshot.cursors.get(stream);
    },
    async close() {
      if (isClosed) return;
      await sealing;
      isClosed = true;
      intake.close();
      await lock.release();
    },
  };
}
