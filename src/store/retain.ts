import type { TableName } from '../domain/tables.ts';
import { countSpans } from '../proof/maintenance.ts';
import type { OrderFacts } from '../proof/maintenance.ts';
import type { Files } from './files.ts';
import type { Lake, SealResult } from './lake.ts';
import { carryOut, foresee } from './maintain/carry-out.ts';
import type { Tally } from './maintain/carry-out.ts';
import { columnOf, openOwnFiles } from './maintain/own-files.ts';
import type { Columns, OwnFile, OwnFiles } from './maintain/own-files.ts';
import type { RewritePlan } from './maintain/plan.ts';
import { rewriteBodies, rewriteRows } from './maintain/rewrite.ts';

export interface RetainOptions {
  /** Of the writer's log. */
  readonly origin: string;
  readonly order: OrderFacts;
  /**
   * Whether what is of a day is past its time and nothing holds it. A thing is an event class, or a table where rows
   * have none; `captures` stands for messages that no event was read out of.
   */
  readonly isPast: (thing: string, day: string) => boolean;
  /** The things that there may be: days of which none is past are not even read. */
  readonly things: readonly string[];
  /** Ends it behind what is committed. (Default: nothing does) */
  readonly signal?: AbortSignal | undefined;
}

/** What goes because its time is over, or would go. */
export interface Retention {
  /** Messages that lose their bodies. */
  readonly bodies: number;
  /** Rows that go, by table. */
  readonly rows: Readonly<Partial<Record<TableName, number>>>;
  /** Files that others take the place of. */
  readonly files: number;
  readonly firstDay: string | undefined;
  readonly lastDay: string | undefined;
  readonly seals: readonly SealResult[];
}

/** Leaves of a day's captures that have an event which is not past its time, and those that have any. */
interface Leaves {
  readonly needed: ReadonlySet<number>;
  readonly known: ReadonlySet<number>;
}

async function leavesOf(
  own: OwnFiles,
  files: readonly OwnFile[],
  isPast: (thing: string) => boolean,
): Promise<Leaves> {
  const [needed, known] = [new Set<number>(), new Set<number>()];
  for (const file of files) {
    if (file.table !== 'events') continue;
    const columns = await own.read(file);
    const classes = columnOf('events', columns, 'class');
    for (const [row, leaf] of columnOf('events', columns, 'leaf').entries()) {
      known.add(Number(leaf));
      if (!isPast(String(classes[row]))) needed.add(Number(leaf));
    }
  }
  return { needed, known };
}

function rewriteOf(
  file: OwnFile,
  columns: Columns,
  order: OrderFacts,
  isPast: (thing: string) => boolean,
  leaves: Leaves,
): RewritePlan | undefined {
  const { table } = file;
  if (table === 'captures') {
    const [leaf, bodies] = [columnOf(table, columns, 'leaf'), columnOf(table, columns, 'body')];
    const isGone = (row: number): boolean => {
      const which = Number(leaf[row]);
      if ((bodies[row] as Uint8Array).length === 0) return false;
      return leaves.known.has(which) ? !leaves.needed.has(which) : isPast('captures');
    };
    return rewriteBodies(file, columns, order, (row) => (isGone(row) ? 'removed' : 'kept'));
  }
  const classes = table === 'events' ? columnOf(table, columns, 'class') : undefined;
  return rewriteRows(file, columns, order, (row) =>
    isPast(classes === undefined ? table : String(classes[row])) ? 'removed' : 'kept',
  );
}

async function* rewrites(files: Files, options: RetainOptions): AsyncGenerator<RewritePlan> {
  const own = await openOwnFiles(files, options.origin);
  const days = [...new Set(own.files.map(({ day }) => day))].toSorted();
  for (const day of days) {
    if (options.signal?.aborted === true) return;
    const isPast = (thing: string): boolean => options.isPast(thing, day);
    if (!options.things.some(isPast)) continue;
    const ofDay = own.files.filter((file) => file.day === day);
    const leaves = await leavesOf(own, ofDay, isPast);
    for (const file of ofDay) {
      const rewrite = rewriteOf(file, await own.read(file), options.order, isPast, leaves);
      if (rewrite !== undefined) yield rewrite;
    }
  }
}

function createTally(): Tally<Retention> {
  const rows: Partial<Record<TableName, number>> = {};
  const days = new Set<string>();
  let [bodies, files] = [0, 0];
  return {
    add({ table, day, facts }) {
      days.add(day);
      files += facts.from.length;
      bodies += countSpans(facts.emptied, Infinity) ?? 0;
      const removed = countSpans(facts.removed, Infinity) ?? 0;
      if (removed > 0) rows[table] = (rows[table] ?? 0) + removed;
    },
    sum: (seals) => {
      const sorted = [...days].toSorted();
      return { bodies, rows, files, firstDay: sorted[0], lastDay: sorted.at(-1), seals };
    },
  };
}

/** Says what is past its time, and writes nothing. */
export const planRetention = (files: Files, options: RetainOptions): Promise<Retention> =>
  foresee(rewrites(files, options), createTally());

/**
 * Deletes what is past its time: the bodies of messages all of whose events are, and rows of the other tables. A message
 * keeps its row and leaf, so that what it was digested to stays proven. `vacuum` removes the old files.
 *
 * @throws PipelineError TAMPERING when a file is not what the log has.
 */
export const retain = (lake: Lake, files: Files, options: RetainOptions): Promise<Retention> =>
  carryOut(lake, options.order, rewrites(files, options), createTally());
