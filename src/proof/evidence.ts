import { commitFile, logFolder, parseCapturesCommit, writerOf } from './commits.ts';
import type { AddAction, SealFacts } from './commits.ts';
import { CAPTURE_PREFIX } from './entries.ts';
import { proveInclusion } from './prove.ts';
import { decodeBundle, entriesPath, widthIn } from './tiles.ts';
import { formatProof } from './tlog-proof.ts';
import { TILE_WIDTH } from './tree.ts';
import type { LakeFiles } from './verify-port.ts';

/** Reads single things out of a lake and its logs: what a bundle is made of. It checks nothing; the verifier does. */
export interface SealRef {
  /** The writer's log. */
  readonly origin: string;
  readonly folder: string;
  /** Leaves [from, to). */
  readonly from: number;
  readonly to: number;
  readonly facts: SealFacts;
  /** The signed note at `to`. */
  readonly checkpoint: string;
}

/** A file that is in a table now, and the seal that put it there. */
export interface LiveSegment {
  /** Relative to the lake. */
  readonly path: string;
  readonly table: string;
  readonly add: AddAction;
  readonly seal: SealRef;
}

const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Every seal of every writer, oldest first. */
export async function readSeals(files: LakeFiles): Promise<SealRef[]> {
  const seals: SealRef[] = [];
  const sizes = new Map<string, number>();
  for (let version = 1; ; version++) {
    const bytes = await files.read(`captures/_delta_log/${commitFile(version)}`);
    if (bytes === undefined) return seals;
    const commit = parseCapturesCommit(decode(bytes));
    if (commit === undefined) continue;
    const { facts, head } = commit;
    const from = sizes.get(facts.origin) ?? 0;
    sizes.set(facts.origin, head.logSize);
    const folder = logFolder(writerOf(facts.origin) ?? '');
    seals.push({ origin: facts.origin, folder, from, to: head.logSize, facts, checkpoint: head.checkpoint });
  }
}

/** The files that make up the tables now. */
export function liveSegments(seals: readonly SealRef[]): LiveSegment[] {
  const live = new Map<string, LiveSegment>();
  for (const seal of seals) {
    const { adds, derived, removes } = seal.facts;
    for (const [table, removed] of Object.entries(removes ?? {}))
      for (const { path } of removed) live.delete(`${table}/${path}`);
    for (const [table, added] of Object.entries({ ...derived, captures: adds }))
      for (const add of added)
        live.set(`${table}/${add.path}`, { path: `${table}/${add.path}`, table, add, seal });
  }
  return [...live.values()];
}

/** True unless the statistics of a file rule out that a row of it is about the leaf. */
export function mayHoldLeaf({ add }: LiveSegment, leaf: number): boolean {
  const { minValues, maxValues } = JSON.parse(add.stats) as {
    minValues?: { leaf?: number };
    maxValues?: { leaf?: number };
  };
  return leaf >= (minValues?.leaf ?? 0) && leaf <= (maxValues?.leaf ?? Number.MAX_SAFE_INTEGER);
}

/** Reads entries and proofs of the logs of one lake, all under the newest checkpoint of each. */
export interface LogReader {
  /** The entry at a leaf; undefined when the log has none there. */
  entry(origin: string, leaf: number): Promise<string | undefined>;
  /** The `.tlog-proof` of a leaf. @throws RangeError when the log has no such leaf. */
  proof(origin: string, leaf: number): Promise<string>;
  /** The entries of a seal behind its captures, with their leaves. */
  behindCaptures(seal: SealRef): Promise<readonly { readonly leaf: number; readonly text: string }[]>;
}

export function createLogReader(files: LakeFiles, seals: readonly SealRef[]): LogReader {
  const newest = new Map(seals.map((seal) => [seal.origin, seal]));
  let held: { readonly path: string; readonly entries: readonly Buffer[] | undefined } | undefined;

  const bundleAt = async (path: string): Promise<readonly Buffer[] | undefined> => {
    if (held?.path === path) return held.entries;
    const bytes = await files.read(path);
    held = { path, entries: bytes === undefined ? undefined : decodeBundle(bytes) };
    return held.entries;
  };

  const entry: LogReader['entry'] = async (origin, leaf) => {
    const head = newest.get(origin);
    if (head === undefined || leaf < 0 || leaf >= head.to) return undefined;
    const index = Math.floor(leaf / TILE_WIDTH);
    const path = (width: number): string => `${head.folder}/${entriesPath(index, width)}`;
    const bundle = (await bundleAt(path(widthIn(head.to, 0, index)))) ?? (await bundleAt(path(TILE_WIDTH)));
    return bundle?.[leaf % TILE_WIDTH]?.toString();
  };

  return {
    entry,
    async proof(origin, leaf) {
      const head = newest.get(origin);
      if (head === undefined) throw new RangeError(`there is no log of ${origin}`);
      const read = (path: string): Promise<Uint8Array | undefined> => files.read(`${head.folder}/${path}`);
      const hashes = await proveInclusion(read, leaf, head.to);
      return formatProof({ index: leaf, hashes, checkpoint: head.checkpoint });
    },
    async behindCaptures({ origin, from, to }) {
      const entries: { leaf: number; text: string }[] = [];
      for (let leaf = to - 1; leaf >= from; leaf--) {
        const text = await entry(origin, leaf);
        if (text === undefined || text.startsWith(CAPTURE_PREFIX)) break;
        entries.unshift({ leaf, text });
      }
      return entries;
    },
  };
}
