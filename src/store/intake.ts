import type { StoredCapture } from '../domain/capture.ts';
import { joinWords } from '../domain/tables.ts';
import type { Table } from '../domain/tables.ts';
import { isoDay } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { JsonObject } from '../lib/json.ts';
import { noteDigest, reservedKinds } from '../proof/entries.ts';
import { createBatch } from './batch.ts';
import type { Batch, SealPlan } from './batch.ts';
import type { Cover } from './encryption/cover.ts';
import { sealPlanOf } from './maintain/plan.ts';
import type { MaintenancePlan } from './maintain/plan.ts';
import type { LakeWatch } from './tail/lake-watch.ts';

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

/** A seal to be: written again as it is until it is true. */
export interface Frozen {
  /** Its number. */
  readonly seal: number;
  readonly plan: SealPlan;
  readonly before: Batch;
  readonly time: number;
  readonly lasting: readonly (() => void)[];
}

export interface IntakeParts {
  /** The lake's, for people. */
  readonly path: string;
  readonly clock: Clock;
  readonly cover: Cover | undefined;
  readonly watch: LakeWatch | undefined;
  /** True seals of this writer, and the leaves of its log. */
  readonly head: () => { readonly seals: number; readonly size: number };
  /** Digest of the newest note of each kind. */
  readonly notes: Readonly<Record<string, string>>;
  readonly cursors: ReadonlyMap<string, number>;
}

/** What a writer has taken and not sealed: a batch that grows, and before it seals to be, in their order. */
export interface Intake {
  readonly pending: Pending;
  /** The next seal to be; undefined when none waits. */
  readonly next: Frozen | undefined;
  /** The capture's leaf; undefined when the lake has it already, sealed or pending. */
  readonly append: (capture: StoredCapture) => number | undefined;
  /** A function that adds rows of a table to the day of the capture that they are about. */
  adder<Row>(table: Table<Row>, how: RowsOf<Row>): (rows: readonly Row[]) => void;
  /** True when the note differs from the last of its kind. */
  readonly addNote: (kind: string, note: JsonObject) => boolean;
  /** Adds a note of the store's own. One that does not hurry waits for something to be sealed with. */
  addOwnNote(kind: string, note: JsonObject, isHurried: boolean): void;
  /** Sets what is pending aside as the next seal, unless one waits already; what comes from now on waits for the one after. */
  freeze(): void;
  /** The same for maintenance, behind all that waits. */
  freezeMaintenance(plan: MaintenancePlan): Frozen;
  isWaiting(frozen: Frozen): boolean;
  /** The next seal to be is true. */
  sealed(): void;
  /** Takes in what others have sealed. */
  see(cursors: ReadonlyMap<string, number>): void;
  /** Lets everything unsealed go, but for what no stream brings again. */
  drop(cursors: ReadonlyMap<string, number>): void;
  /** A stream that was dropped is taken up again from what is durable. */
  takeUp(stream: string): void;
  close(): void;
}

export interface RowsOf<Row> {
  /** Leaf of the capture that a row is about; below 0 when it is about none. */
  readonly leafOf: (row: Row) => number;
  readonly tell?: ((row: Row) => void) | undefined;
  /** (Default: none) */
  readonly bytesOf?: (row: Row) => number;
}

export function createIntake({ path, clock, cover, watch, head, ...parts }: IntakeParts): Intake {
  const sequences = new Map(parts.cursors);
  const notes = new Map(Object.entries(parts.notes));
  let batch = createBatch(head().size, cover);
  let oldestAt: number | undefined;
  let frozen: readonly Frozen[] = [];
  /** What no stream brings again, to be added anew when a batch is dropped. */
  let lasting: (() => void)[] = [];
  /** Streams that were dropped and have not been taken up again. */
  const dropped = new Set<string>();
  let isClosed = false;

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

  const freezeAs = (plan: SealPlan): Frozen => {
    const seal = head().seals + frozen.length + 1;
    const next = { seal, plan, before: batch, time: clock(), lasting };
    frozen = [...frozen, next];
    batch = createBatch(plan.nextLeaf, cover);
    lasting = [];
    oldestAt = undefined;
    watch?.frozen(seal);
    return next;
  };

  const see: Intake['see'] = (cursors) => {
    for (const [stream, last] of cursors)
      if (last > (sequences.get(stream) ?? -Infinity)) sequences.set(stream, last);
  };

  return {
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
    get next() {
      return frozen[0];
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
      const leaf = batch.addCapture({ capture, storedSha256, redactions: joinWords(redactions) });
      watch?.capture();
      return leaf;
    },
    adder:
      (table, { leafOf, tell, bytesOf = () => 0 }) =>
      (rows) => {
        if (rows.length === 0) return;
        touch();
        const add = (day: string, row: (typeof rows)[number]): void => {
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
      },
    addNote(kind, note) {
      if (reservedKinds.includes(kind)) throw new RangeError(`a note may not be of kind ${kind}`);
      const digest = noteDigest(kind, note);
      if (notes.get(kind) === digest) return false;
      touch();
      notes.set(kind, digest);
      keep(() => batch.addNote(kind, note));
      return true;
    },
    addOwnNote(kind, note, isHurried) {
      if (isHurried) touch();
      keep(() => batch.addNote(kind, note));
    },
    freeze() {
      if (frozen.length === 0 && oldestAt !== undefined) freezeAs(batch.plan());
    },
    freezeMaintenance(plan) {
      if (oldestAt !== undefined) freezeAs(batch.plan());
      return freezeAs(sealPlanOf(plan, batch.firstLeaf));
    },
    isWaiting: (one) => frozen.includes(one),
    sealed() {
      frozen = frozen.slice(1);
    },
    see,
    drop(cursors) {
      const again = [...frozen.flatMap((waiting) => waiting.lasting), ...lasting];
      for (const waiting of [...frozen.map(({ before }) => before), batch])
        for (const stream of waiting.streams()) dropped.add(stream);
      frozen = [];
      lasting = [];
      batch = createBatch(head().size, cover);
      watch?.dropped();
      sequences.clear();
      see(cursors);
      // A new log's first note waits for something to be sealed with.
      oldestAt = again.length > (head().seals === 0 ? 1 : 0) ? clock() : undefined;
      for (const add of again) keep(add);
    },
    takeUp: (stream) => void dropped.delete(stream),
    close() {
      isClosed = true;
    },
  };
}
