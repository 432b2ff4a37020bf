import { isMap, parseCanonical } from './canonical.ts';
import type { Json, JsonMap } from './canonical.ts';

/**
 * What a table's commits add up to: Delta Lake PROTOCOL.md, Action Reconciliation. A Parquet checkpoint of a version holds
 * this state and nothing else, so that a checkpoint can be made again from the commits and compared.
 */
export interface TableState {
  readonly version: number;
  readonly protocol: JsonMap | undefined;
  readonly metaData: JsonMap | undefined;
  /** By application id. */
  readonly txns: ReadonlyMap<string, JsonMap>;
  /** By path, in the order they were added. */
  readonly adds: ReadonlyMap<string, JsonMap>;
  /** Files taken out, by path. */
  readonly removes: ReadonlyMap<string, JsonMap>;
}

export const emptyState = (): TableState => ({
  version: -1,
  protocol: undefined,
  metaData: undefined,
  txns: new Map(),
  adds: new Map(),
  removes: new Map(),
});

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const pathOf = (action: JsonMap): string => text(action['path']);

/**
 * The state after more commits, the texts of the versions that follow. Lines that are no action of ours are passed over;
 * that a commit is ours is checked elsewhere.
 */
export function replay(state: TableState, commits: readonly string[]): TableState {
  const actions = commits.flatMap((commit) => commit.split('\n').map(parseCanonical)).filter(isMap);
  return { ...replayActions(state, actions), version: state.version + commits.length };
}

/** The state after more actions, at the same version. */
export function replayActions(state: TableState, actions: Iterable<JsonMap>): TableState {
  let { protocol, metaData } = state;
  const txns = new Map(state.txns);
  const adds = new Map(state.adds);
  const removes = new Map(state.removes);
  for (const action of actions) {
    const { txn, add, remove } = action;
    if (isMap(action['protocol'])) protocol = action['protocol'];
    if (isMap(action['metaData'])) metaData = action['metaData'];
    if (isMap(txn)) txns.set(text(txn['appId']), txn);
    if (isMap(add)) {
      removes.delete(pathOf(add));
      adds.set(pathOf(add), add);
    }
    if (isMap(remove)) {
      adds.delete(pathOf(remove));
      removes.set(pathOf(remove), remove);
    }
  }
  return { version: state.version, protocol, metaData, txns, adds, removes };
}

/** The rows of a checkpoint, one action each: protocol, columns, applications, files taken out, files. */
export const checkpointActions = ({ protocol, metaData, txns, adds, removes }: TableState): JsonMap[] => [
  ...(protocol === undefined ? [] : [{ protocol }]),
  ...(metaData === undefined ? [] : [{ metaData }]),
  ...[...txns.values()].map((txn) => ({ txn })),
  ...[...removes.values()].map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ...[...adds.values()].map((add) => ({ add: { ...add, dataChange: false } })),
];

/** A checkpoint is made for every version that this divides. */
export const CHECKPOINT_EVERY = 100;

/** `00000000000000000100.checkpoint.parquet`. */
export const checkpointFile = (version: number): string =>
  `${String(version).padStart(20, '0')}.checkpoint.parquet`;

/** The text of `_last_checkpoint`: version and number of actions. */
export const lastCheckpoint = (version: number, actions: number): string =>
  `{"size":${actions},"version":${version}}`;
