import type { JsonMap } from '../../proof/canonical.ts';
import { readFooter } from '../look-up/footer.ts';
import { readLeaf } from './leaf-values.ts';
import type { LeafValue, LeafValues } from './leaf-values.ts';
import { leavesOf } from './leaves.ts';
import type { Leaf } from './leaves.ts';

type Node = Record<string, unknown>;

/** The member of an object that is an object itself, made when it is not there. */
function childOf(node: Node, name: string): Node {
  const known = node[name];
  if (known !== undefined) return known as Node;
  const made: Node = {};
  node[name] = made;
  return made;
}

/** Calls `take` with each place of a column that is of an action: its row, its level, and its value where there is one. */
function eachPlace(
  { repeats, levels, values }: LeafValues,
  leaf: Leaf,
  take: (row: number, level: number, value: LeafValue | undefined) => void,
): number {
  let [row, place, next] = [-1, 0, 0];
  for (const { value: level, count } of levels) {
    if (level === 0 && repeats === undefined) {
      row += count;
      continue;
    }
    for (let left = count; left > 0; left--) {
      if (repeats === undefined || repeats[place++] === 0) row++;
      if (level > 0) take(row, level, level === leaf.levels ? values[next++] : undefined);
    }
  }
  return row + 1;
}

/** Puts the values of one column that is in no list or map into the actions that they are of. */
function fillMembers(
  rows: readonly Node[],
  { path, levels: most }: Leaf,
  { levels, values }: LeafValues,
): number {
  const depth = path.length - 1;
  const name = path[depth] ?? '';
  let [row, next] = [0, 0];
  for (const { value: level, count } of levels) {
    const stop = row + count;
    if (level > 0)
      for (let node = rows[row]; node !== undefined && row < stop; node = rows[++row]) {
        for (let i = 0; i < depth && i < level; i++) node = childOf(node, path[i] ?? '');
        const value = level === most ? values[next++] : undefined;
        if (value !== undefined) node[name] = value;
      }
    row = stop;
  }
  return row;
}

/** Puts the values of one column that is in a list or map into the actions that they are of. PROTOCOL.md, Checkpoint Schema. */
function fillItems(
  rows: readonly Node[],
  leaf: Leaf,
  values: LeafValues,
  keys: Map<string, LeafValue[]>,
  repeated: number,
): number {
  const { path } = leaf;
  const name = path[repeated - 1] ?? '';
  const groups = path.slice(0, repeated - 1);
  const map = path.slice(0, repeated).join('.');
  const known = keys.get(map) ?? [];
  let entry = 0;
  const isKey = path.at(-1) === 'key';
  if (isKey) keys.set(map, known);

  return eachPlace(values, leaf, (row, level, value) => {
    let node: Node | undefined = rows[row];
    if (node === undefined) return;
    for (const [i, group] of groups.entries()) {
      if (level <= i) return;
      node = childOf(node, group);
    }
    if (level < repeated) return;
    if (path[repeated] === 'list') {
      const list = (node[name] ??= []) as LeafValue[];
      if (value !== undefined) list.push(value);
      return;
    }
    const members = childOf(node, name);
    if (level === repeated) return;
    if (isKey && value !== undefined) known.push(value);
    if (isKey) return;
    const key = String(known[entry++]);
    if (value !== undefined) members[key] = value;
  });
}

function fill(rows: readonly Node[], leaf: Leaf, values: LeafValues, keys: Map<string, LeafValue[]>): void {
  const repeated = leaf.path.findIndex((name) => name === 'key_value' || name === 'list');
  const count =
    repeated < 0 ? fillMembers(rows, leaf, values) : fillItems(rows, leaf, values, keys, repeated);
  if (count !== rows.length) throw new Error(`column ${leaf.path.join('.')} has ${count} rows`);
}

/** Says by its path which column is needed; what stands in others is left out of the actions. */
export type IsNeeded = (path: readonly string[]) => boolean;
const all: IsNeeded = () => true;

/**
 * The actions of a checkpoint as this product writes them.
 *
 * @throws Error when it is none.
 */
export function readOwnCheckpoint(file: Buffer, isNeeded = all): JsonMap[] {
  const { groups, elements } = readFooter(file);
  const leaves = leavesOf(elements);
  const actions: JsonMap[] = [];
  // Names that would change what objects are.
  if (
    leaves.some(({ path, repeats }) => repeats > 1 || path.includes('__proto__')) ||
    file.includes('__proto__')
  )
    throw new Error('columns that no checkpoint of ours has');
  for (const { rows: count, columns } of groups) {
    // Each row takes a byte at least.
    if (!(count <= 64 * file.length) || columns.length !== leaves.length)
      throw new Error('a group of no sense');
    const rows = Array.from({ length: count }, (): Node => ({}));
    const keys = new Map<string, LeafValue[]>();
    for (const [i, leaf] of leaves.entries()) {
      const place = columns[i];
      if (place === undefined || place.name !== leaf.path.join('.')) throw new Error('columns out of order');
      if (isNeeded(leaf.path)) fill(rows, leaf, readLeaf(file, place, leaf), keys);
    }
    for (const row of rows) actions.push(row as JsonMap);
  }
  return actions;
}

/**
 * The actions of a checkpoint, in their order. A reader of any Parquet takes, in a process that has just begun, most of the time
 * that opening a lake takes; it is asked where a checkpoint is not as this product writes it.
 *
 * @param isNeeded leaves out columns. (Default: all are read)
 */
export async function readCheckpoint(file: Buffer, isNeeded = all): Promise<readonly JsonMap[]> {
  try {
    return readOwnCheckpoint(file, isNeeded);
  } catch {
    const { decodeCheckpoint } = await import('../../proof/delta-checkpoint-file.ts');
    return decodeCheckpoint(file);
  }
}
