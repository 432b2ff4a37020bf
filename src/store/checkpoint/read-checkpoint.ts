import { decodeCheckpoint } from '../../proof/delta-checkpoint-file.ts';
import type { JsonMap } from '../../proof/canonical.ts';
import { readFooter } from '../look-up/footer.ts';
import { readLeaf } from './leaf-values.ts';
import type { LeafValue, LeafValues } from './leaf-values.ts';
import { readLeaves } from './leaves.ts';
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
  for (const { level, count } of levels) {
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

/** Puts the values of one column into the actions that they are of. PROTOCOL.md, Checkpoint Schema. */
function fill(rows: readonly Node[], leaf: Leaf, values: LeafValues, keys: Map<string, LeafValue[]>): void {
  const { path } = leaf;
  const repeated = path.findIndex((name) => name === 'key_value' || name === 'list');
  const [depth, end] = repeated < 0 ? [path.length - 1, path.length - 1] : [repeated, repeated - 1];
  const name = path[end] ?? '';
  const groups = path.slice(0, end);
  const map = path.slice(0, depth).join('.');
  const known = keys.get(map) ?? [];
  let entry = 0;
  const isKey = path.at(-1) === 'key';
  if (isKey) keys.set(map, known);

  const count = eachPlace(values, leaf, (row, level, value) => {
    let node: Node | undefined = rows[row];
    if (node === undefined) return;
    for (const [i, group] of groups.entries()) {
      if (level <= i) return;
      node = childOf(node, group);
    }
    if (repeated < 0) {
      if (value !== undefined) node[name] = value;
      return;
    }
    if (level < depth) return;
    if (path[repeated] === 'list') {
      const list = (node[name] ??= []) as LeafValue[];
      if (value !== undefined) list.push(value);
      return;
    }
    const members = childOf(node, name);
    if (level === depth) return;
    if (isKey && value !== undefined) known.push(value);
    if (isKey) return;
    const key = String(known[entry++]);
    if (value !== undefined) members[key] = value;
  });
  if (count !== rows.length) throw new Error(`column ${path.join('.')} has ${count} rows`);
}

/**
 * The actions of a checkpoint as this product writes them.
 *
 * @throws Error when it is none.
 */
export function readOwnCheckpoint(file: Buffer): JsonMap[] {
  const leaves = readLeaves(file);
  const actions: JsonMap[] = [];
  // Names that would change what objects are.
  if (
    leaves.some(({ path, repeats }) => repeats > 1 || path.includes('__proto__')) ||
    file.includes('__proto__')
  )
    throw new Error('columns that no checkpoint of ours has');
  for (const { rows: count, columns } of readFooter(file).groups) {
    // Each row takes a byte at least.
    if (!(count <= 64 * file.length) || columns.length !== leaves.length)
      throw new Error('a group of no sense');
    const rows = Array.from({ length: count }, (): Node => ({}));
    const keys = new Map<string, LeafValue[]>();
    for (const [i, leaf] of leaves.entries()) {
      const place = columns[i];
      if (place === undefined || place.name !== leaf.path.join('.')) throw new Error('columns out of order');
      fill(rows, leaf, readLeaf(file, place, leaf), keys);
    }
    for (const row of rows) actions.push(row as JsonMap);
  }
  return actions;
}

/**
 * The actions of a checkpoint, in their order. A reader of any Parquet takes, in a process that has just begun, most of the time
 * that opening a lake takes; it is asked where a checkpoint is not as this product writes it.
 */
export async function readCheckpoint(file: Buffer): Promise<readonly JsonMap[]> {
  try {
    return readOwnCheckpoint(file);
  } catch {
    return decodeCheckpoint(file);
  }
}
