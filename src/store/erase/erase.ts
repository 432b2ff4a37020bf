import { tables } from '../../domain/tables.ts';
import type { ColumnValue, TableName } from '../../domain/tables.ts';
import type { OrderFacts } from '../../proof/maintenance.ts';
import type { Files } from '../files.ts';
import type { Lake, SealResult } from '../lake.ts';
import { carryOut, foresee } from '../maintain/carry-out.ts';
import type { Tally } from '../maintain/carry-out.ts';
import { columnIndex, openOwnFiles } from '../maintain/own-files.ts';
import type { Columns, OwnFile } from '../maintain/own-files.ts';
import type { RewritePlan } from '../maintain/plan.ts';
import { rewriteBodies, rewriteRows } from '../maintain/rewrite.ts';
import type { BodyFate, RowFate } from '../maintain/rewrite.ts';
import { openFile } from '../encryption/opened-file.ts';
import type { OpenedFile } from '../encryption/opened-file.ts';
import type { KeyRing } from '../encryption/payloads.ts';
import { countSpans } from '../../proof/maintenance.ts';
import { recordSpans } from './record-spans.ts';
import type { Subject } from './subject.ts';

/** What an erasure takes, or would take. */
export interface Erasure {
  /** Files of each table that hold the person. */
  readonly files: Readonly<Partial<Record<TableName, number>>>;
  /** Messages whose bodies go altogether, and those that only the person's records are cut out of. */
  readonly emptied: number;
  readonly cut: number;
  /** Rows of other tables in which a pseudonym takes the person's place. */
  readonly rows: number;
  readonly seals: readonly SealResult[];
}

export interface EraseOptions {
  /** Of the writer's log. */
  readonly origin: string;
  readonly order: OrderFacts;
  readonly subject: Subject;
  /** Says which files may not be touched, since a hold is on them. (Default: none) */
  readonly isHeld?: (file: OwnFile) => boolean;
  /** Opens encrypted values; what is left of them is encrypted again. (Default: nothing can be opened) */
  readonly ring?: KeyRing;
}

/** How the mark of a record starts that an erasure cut out, whichever. */
const ERASED = '{"erased":';

/** What is left of a body when the person's records are cut out of it. */
export function bodyWithout(body: Uint8Array, subject: Subject, mark: string): BodyFate {
  const bytes = Buffer.from(body.buffer as ArrayBuffer, body.byteOffset, body.length);
  const text = bytes.toString();
  if (!subject.isIn(text)) return 'kept';
  // Bytes that are no text would not come back as they were: such a body goes as a whole.
  const spans = Buffer.from(text).equals(bytes) ? recordSpans(text) : undefined;
  if (spans === undefined) return 'removed';
  const parts: string[] = [];
  let [at, kept] = [0, 0];
  for (const { from, to } of spans) {
    const record = text.slice(from, to);
    const isTheirs = subject.isIn(record);
    if (!isTheirs && !record.startsWith(ERASED)) kept++;
    parts.push(text.slice(at, from), isTheirs ? mark : record);
    at = to;
  }
  const left = parts.join('') + text.slice(at);
  // Of a body with none of its records left nothing is worth keeping; one that still names the person must go.
  return kept === 0 || subject.isIn(left) ? 'removed' : { left: Buffer.from(left) };
}

const pseudonymOf = ({ id }: OrderFacts): string => `erased:${id}`;

function rowWithout(
  table: TableName,
  { columns, sealed }: OpenedFile,
  row: number,
  subject: Subject,
  pseudonym: string,
): RowFate {
  const anew = new Map<number, ColumnValue>();
  for (const [i, { type }] of tables[table].columns.entries()) {
    const value = columns[i]?.[row];
    if (type === 'bytes' && value instanceof Uint8Array) {
      if (subject.isIn(Buffer.from(value).toString())) anew.set(i, new Uint8Array());
    } else if (type === 'string' && typeof value === 'string' && subject.isIn(value)) {
      const left = subject.replaceIn(value, pseudonym, /^[[{]/.test(value) ? '[]' : pseudonym);
      anew.set(i, sealed(i, row, left));
    }
  }
  return anew.size === 0 ? 'kept' : { columns: anew };
}

function rewriteOf(
  file: OwnFile,
  columns: Columns,
  { order, subject, ring = { keys: new Map(), shredded: new Set() } }: EraseOptions,
): RewritePlan | undefined {
  const opened = openFile(ring, file.table, columns);
  if (file.table === 'captures') {
    const at = columnIndex('captures', 'body');
    const bodies = opened.columns[at] ?? [];
    const mark = JSON.stringify({ erased: order.id });
    return rewriteBodies(file, columns, order, (row) => {
      const fate = bodyWithout((bodies[row] as Uint8Array | undefined) ?? new Uint8Array(), subject, mark);
      return typeof fate === 'string' ? fate : { ...fate, stored: opened.sealed(at, row, fate.left) };
    });
  }
  const pseudonym = pseudonymOf(order);
  return rewriteRows(file, columns, order, (row) => rowWithout(file.table, opened, row, subject, pseudonym));
}

async function* rewrites(files: Files, options: EraseOptions): AsyncGenerator<RewritePlan> {
  const own = await openOwnFiles(files, options.origin);
  for (const file of own.files) {
    if (options.isHeld?.(file) === true) continue;
    const rewrite = rewriteOf(file, await own.read(file), options);
    if (rewrite !== undefined) yield rewrite;
  }
}

function createTally(): Tally<Erasure> {
  const files: Partial<Record<TableName, number>> = {};
  let [emptied, cut, rows] = [0, 0, 0];
  return {
    add({ table, facts }) {
      files[table] = (files[table] ?? 0) + 1;
      emptied += countSpans(facts.emptied, Infinity) ?? 0;
      cut += facts.cut.length;
      rows += countSpans(facts.changed, Infinity) ?? 0;
    },
    sum: (seals) => ({ files, emptied, cut, rows, seals }),
  };
}

/** Says what an erasure would take, and writes nothing. */
export const planErasure = (files: Files, options: EraseOptions): Promise<Erasure> =>
  foresee(rewrites(files, options), createTally());

/**
 * Erases a person from everything that this writer has sealed. Records that name them are cut out of bodies (a body that
 * is no list of records goes as a whole), and a pseudonym takes their place in the other tables. The old files are no
 * longer part of any table; `vacuum` removes them.
 *
 * @throws PipelineError TAMPERING when a file is not what the log has.
 */
export const erase = (lake: Lake, files: Files, options: EraseOptions): Promise<Erasure> =>
  carryOut(lake, options.order, rewrites(files, options), createTally());
