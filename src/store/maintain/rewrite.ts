import type { ColumnValue } from '../../domain/tables.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { orderDigest, spansOf } from '../../proof/maintenance.ts';
import type { OrderFacts } from '../../proof/maintenance.ts';
import { columnIndex } from './own-files.ts';
import type { Columns, OwnFile } from './own-files.ts';
import type { RewritePlan } from './plan.ts';

/** What becomes of one row of a table that has no bodies: gone, or some of its columns anew. */
export type RowFate = 'kept' | 'removed' | { readonly columns: ReadonlyMap<number, ColumnValue> };

/** What becomes of a capture's body: gone, or what is left of it, and what is stored of that where it is encrypted. */
export type BodyFate = 'kept' | 'removed' | { readonly left: Uint8Array; readonly stored?: ColumnValue };

const sourcesOf = (
  files: readonly OwnFile[],
): Pick<RewritePlan, 'sizes'> & { from: RewritePlan['facts']['from'] } => ({
  sizes: new Map(files.map(({ path, size }) => [path, size])),
  from: files.map(({ path, rows, sha256 }) => ({ path, rows, sha256 })),
});

const nothingLost = { removed: [], changed: [], emptied: [], cut: [] };

/** What becomes of one file by an order. */
function rewriteOf(
  file: OwnFile,
  order: OrderFacts,
  lost: Partial<Pick<RewritePlan['facts'], 'removed' | 'changed' | 'emptied' | 'cut'>>,
  columns: RewritePlan['columns'],
): RewritePlan {
  const { from, sizes } = sourcesOf([file]);
  const facts = { act: order.act, from, order: orderDigest(order), ...nothingLost, ...lost };
  return { table: file.table, day: file.day, facts, sizes, columns };
}

/** Files of one table and day as one; their rows in the order of the files, captures in that of their leaves. */
export function joinFiles(files: readonly OwnFile[], columnsOf: readonly Columns[]): RewritePlan {
  const [first] = files;
  if (first === undefined) throw new RangeError('no files to put together');
  const { table, day } = first;
  const joined = (columnsOf[0] ?? []).map((_, i) => columnsOf.flatMap((columns) => columns[i] ?? []));
  const { from, sizes } = sourcesOf(files);
  return {
    table,
    day,
    facts: { act: 'compact', from, order: null, ...nothingLost },
    sizes,
    columns: table === 'captures' ? byLeaf(joined) : joined,
  };
}

function byLeaf(columns: Columns): Columns {
  const leaves = columns[columnIndex('captures', 'leaf')] ?? [];
  const order = leaves.map((_, row) => row).toSorted((a, b) => Number(leaves[a]) - Number(leaves[b]));
  return columns.map((values) => order.map((row) => values[row]));
}

/** A file of captures without some of its bodies; undefined when all stay. */
export function rewriteBodies(
  file: OwnFile,
  columns: Columns,
  order: OrderFacts,
  fateOf: (row: number) => BodyFate,
): RewritePlan | undefined {
  const leaves = columns[columnIndex('captures', 'leaf')] ?? [];
  const at = columnIndex('captures', 'body');
  const bodies = [...(columns[at] ?? [])];
  const emptied: number[] = [];
  const cut: [number, string][] = [];
  for (const row of bodies.keys()) {
    const fate = fateOf(row);
    if (fate === 'kept') continue;
    if (fate === 'removed') {
      bodies[row] = new Uint8Array();
      emptied.push(Number(leaves[row]));
    } else {
      bodies[row] = fate.stored ?? fate.left;
      cut.push([Number(leaves[row]), sha256Hex(fate.left)]);
    }
  }
  if (emptied.length + cut.length === 0) return undefined;
  const left = columns.map((values, i) => (i === at ? bodies : values));
  return rewriteOf(file, order, { emptied: spansOf(emptied), cut }, left);
}

/** A file of another table without some of its rows, others changed; undefined when all stay as they are. */
export function rewriteRows(
  file: OwnFile,
  columns: Columns,
  order: OrderFacts,
  fateOf: (row: number) => RowFate,
): RewritePlan | undefined {
  const [removed, changed, kept]: [number[], number[], number[]] = [[], [], []];
  const anew = new Map<number, ReadonlyMap<number, ColumnValue>>();
  for (let row = 0; row < file.rows; row++) {
    const fate = fateOf(row);
    if (fate === 'removed') removed.push(row);
    else {
      kept.push(row);
      if (fate !== 'kept') {
        changed.push(row);
        anew.set(row, fate.columns);
      }
    }
  }
  if (removed.length + changed.length === 0) return undefined;
  const cell = (values: readonly ColumnValue[], column: number, row: number): ColumnValue => {
    const changes = anew.get(row);
    return changes?.has(column) === true ? changes.get(column) : values[row];
  };
  const left = columns.map((values, column) => kept.map((row) => cell(values, column, row)));
  const lost = { removed: spansOf(removed), changed: spansOf(changed) };
  return rewriteOf(file, order, lost, kept.length === 0 ? undefined : left);
}
