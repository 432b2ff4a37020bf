import type { CaptureRow, Column, Table, TableName } from '../domain/tables.ts';
import { tableNames, tables } from '../domain/tables.ts';
import { DAY_MS, isoDay } from '../lib/clock.ts';
import { captureEntry, noteEntry, partsOf } from '../proof/entries.ts';
import type { StreamFacts } from '../proof/entries.ts';
import type { Json } from '../proof/canonical.ts';
import type { Cover } from './encryption/cover.ts';
import type { MaintenancePlan } from './maintain/plan.ts';
import { growColumn } from './parquet/column-data.ts';
import type { ColumnData, GrowingColumn } from './parquet/column-data.ts';

/** Rows of one table and day, as columns. */
interface Rows {
  readonly day: string;
  readonly columns: readonly GrowingColumn[];
  count: number;
  /** Where a new file begins: row numbers. The first is 0. */
  readonly cuts: number[];
  bytesSinceCut: number;
  rowsSinceCut: number;
}

/** A Parquet file that a seal will write. */
export interface FilePlan {
  readonly table: TableName;
  /** Its number among the files of the table in the seal. */
  readonly n: number;
  readonly day: string;
  readonly columns: readonly ColumnData[];
  readonly from: number;
  readonly to: number;
}

/** Everything of one seal, before it is written. */
export interface Batch {
  readonly firstLeaf: number;
  readonly captures: number;
  readonly rows: number;
  readonly bytes: number;
  readonly isEmpty: boolean;
  /** Adds a capture's row and entry; answers its leaf. */
  addCapture(row: Omit<CaptureRow, 'leaf'>): number;
  addRow<Row>(table: Table<Row>, day: string, bytes: number, row: Row): void;
  addNote(kind: string, note: Json): void;
  /** The day a pending capture was received; undefined when the leaf is none of this batch. */
  dayOf(leaf: number): string | undefined;
  /** Streams that it has captures of. */
  streams(): Iterable<string>;
  plan(): SealPlan;
}

export interface SealPlan {
  readonly firstLeaf: number;
  readonly captureEntries: readonly string[];
  readonly notes: readonly { readonly kind: string; readonly entry: string }[];
  readonly files: readonly FilePlan[];
  /** Streams of this seal, in the parts that the seal's own entries will have. */
  readonly streams: readonly (readonly StreamFacts[])[];
  readonly rows: Readonly<Record<TableName, number>>;
  /** The first leaf after this seal. */
  readonly nextLeaf: number;
  /** What it does to files that are there; of a seal that takes nothing in. */
  readonly maintenance?: MaintenancePlan | undefined;
}

/** A file ends when its bodies reach this many bytes, or at this many rows: what a reader holds at once stays bounded. */
const BYTES_PER_FILE = 64 * 1024 * 1024;
const ROWS_PER_FILE = 500_000;

const newRows = (columns: readonly Column<never>[], day: string): Rows => ({
  day,
  columns: columns.map(growColumn),
  count: 0,
  cuts: [0],
  bytesSinceCut: 0,
  rowsSinceCut: 0,
});

/** A batch whose first capture will be leaf `firstLeaf`. @param cover what is stored in place of cells. */
export function createBatch(firstLeaf: number, cover: Cover = () => undefined): Batch {
  const captureEntries: string[] = [];
  const days: string[] = [];
  const notes: { kind: string; entry: string }[] = [];
  const streams = new Map<string, { first: number; last: number; count: number; contiguous?: true }>();
  const rowsOf = new Map<TableName, Map<string, Rows>>(tableNames.map((name) => [name, new Map()]));
  let [rows, bytes] = [0, 0];
  let [knownDay, knownDayText] = [-1, ''];

  const dayText = (time: number): string => {
    const day = Math.floor(time / DAY_MS);
    if (day !== knownDay) [knownDay, knownDayText] = [day, isoDay(time)];
    return knownDayText;
  };

  const addRow = <Row>({ name, columns }: Table<Row>, day: string, rowBytes: number, row: Row): void => {
    const byDay = rowsOf.get(name);
    let into = byDay?.get(day);
    if (into === undefined) {
      into = newRows(columns, day);
      byDay?.set(day, into);
    }
    if (into.bytesSinceCut >= BYTES_PER_FILE || into.rowsSinceCut >= ROWS_PER_FILE) {
      into.cuts.push(into.count);
      into.bytesSinceCut = 0;
      into.rowsSinceCut = 0;
    }
    const coverRow = cover(name);
    if (coverRow === undefined) {
      for (let i = 0; i < columns.length; i++) into.columns[i]?.push(columns[i]?.of(row));
    } else {
      const cells = columns.map((column) => column.of(row));
      coverRow(cells);
      for (const [i, cell] of cells.entries()) into.columns[i]?.push(cell);
    }
    into.count++;
    into.rowsSinceCut++;
    into.bytesSinceCut += rowBytes;
    rows++;
    bytes += rowBytes;
  };

  const filesOf = (table: TableName): FilePlan[] => {
    const files: FilePlan[] = [];
    const byDay = [...(rowsOf.get(table)?.values() ?? [])].toSorted((a, b) => (a.day < b.day ? -1 : 1));
    for (const { day, columns, cuts, count } of byDay) {
      for (const [i, from] of cuts.entries()) {
        const data = columns.map((column) => column.data);
        files.push({ table, n: files.length, day, columns: data, from, to: cuts[i + 1] ?? count });
      }
    }
    return files;
  };

  return {
    firstLeaf,
    get captures() {
      return captureEntries.length;
    },
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    get isEmpty() {
      return rows === 0 && notes.length === 0;
    },
    addCapture(row) {
      const { capture, storedSha256, redactions } = row;
      const { source, stream, sequence, enqueuedAt, receivedAt, originalSha256 } = capture;
      const leaf = firstLeaf + captureEntries.length;
      const day = dayText(receivedAt);
      captureEntries.push(
        captureEntry({
          source,
          stream,
          sequence,
          enqueuedAt,
          receivedAt,
          originalSha256,
          storedSha256,
          redactions,
        }),
      );
      days.push(day);
      const facts = streams.get(stream);
      if (facts === undefined) {
        const mark = capture.isContiguous === true ? { contiguous: true as const } : {};
        streams.set(stream, { first: sequence, last: sequence, count: 1, ...mark });
      } else {
        facts.last = sequence;
        facts.count++;
      }
      addRow(tables.captures, day, capture.body.length, { ...row, leaf });
      return leaf;
    },
    addRow,
    addNote: (kind, note) => notes.push({ kind, entry: noteEntry(kind, note) }),
    dayOf: (leaf) => days[leaf - firstLeaf],
    streams: () => streams.keys(),
    plan() {
      const files = tableNames.flatMap(filesOf);
      const parts = partsOf(Array.from(streams, ([stream, facts]) => ({ stream, ...facts })));
      const count = (table: TableName): number =>
        files.reduce((sum, file) => sum + (file.table === table ? file.to - file.from : 0), 0);
      return {
        firstLeaf,
        captureEntries,
        notes,
        files,
        streams: parts,
        rows: Object.fromEntries(tableNames.map((name) => [name, count(name)])) as Record<TableName, number>,
        nextLeaf: firstLeaf + captureEntries.length + notes.length + files.length + parts.length,
      };
    },
  };
}
