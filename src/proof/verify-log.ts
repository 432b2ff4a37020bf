import { hashAt, HASH_BYTES, leafHash } from './merkle.ts';
import { decodeBundle, entriesPath, tilePath, widthIn } from './tiles.ts';
import { createTree, TILE_WIDTH } from './tree.ts';
import type { Tile, Tree } from './tree.ts';
import type { LogFiles } from './verify-log-files.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';
import type { CleanRange } from './verify-range.ts';

/** Leaves of the log as read: their entries (undefined where the log has lost them) and the roots on the way. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
  readonly entries: readonly (Buffer | undefined)[];
  /** Root of the tree of so many leaves, for each size asked for. */
  readonly roots: ReadonlyMap<number, Buffer>;
}

/** Walks a log from its first leaf to its last and recomputes everything in it. */
export interface LogWalk {
  /** Leaves walked so far. */
  readonly size: number;
  /** Tiles compared so far. */
  readonly tiles: number;
  /** Reads on to leaf `to`. `signedRoot` decides, where a bundle and its tile differ, which of them is wrong. */
  walk(
    to: number,
    signedRoot: Buffer | undefined,
    rootsAt: (entries: LogRange['entries']) => readonly number[],
  ): Promise<LogRange>;
  /** Takes in a stretch that was looked at already, if it leads to the signed root; false when it does not. */
  accept(range: CleanRange, signedRoot: Buffer): Promise<boolean>;
  /** Compares the right edge, after the last leaf. */
  finish(): Promise<void>;
}

interface Bundle {
  readonly index: number;
  readonly entries: readonly Buffer[];
  readonly hashes: Buffer;
  readonly entriesPath: string;
  readonly tilePath: string;
}

/** Widths of the partial tiles and bundles that are there besides the newest, by level and index. */
function widthsOf(partials: LogFiles['partials'], size: number): Map<string, number[]> {
  const widths = new Map<string, number[]>();
  for (const { level, index, width } of partials) {
    // Beyond the checkpoint lies what a seal under way has written, or one that a crash ended: nothing points there.
    if (width >= widthIn(size, level === 'entries' ? 0 : level, index)) continue;
    const key = `${level}/${index}`;
    widths.set(key, [...(widths.get(key) ?? []), width]);
  }
  return widths;
}

/**
 * @param folder of the log, `log/<writer>`.
 * @param size leaves of the whole log.
 * @param partialTiles those that are there.
 */
export function createLogWalk(
  files: LakeFiles,
  folder: string,
  faults: FaultList,
  size: number,
  partialTiles: LogFiles['partials'],
): LogWalk {
  const logPath = (path: string): string => `${folder}/${path}`;
  const partials = widthsOf(partialTiles, size);
  const filled: Tile[] = [];
  let tree: Tree = createTree(0, [], (tile) => filled.push(tile));
  let tiles = 0;
  let held: Bundle | undefined;

  /** Earlier, narrower files of a tile or bundle must be its beginning. */
  const checkPartials = async (
    level: number | 'entries',
    index: number,
    beginning: (width: number) => Uint8Array,
  ): Promise<void> => {
    for (const width of partials.get(`${level}/${index}`) ?? []) {
      const path = logPath(level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width));
      const bytes = await files.read(path);
      if (bytes === undefined) continue;
      tiles++;
      if (Buffer.compare(bytes, beginning(width)) !== 0) {
        faults.add(
          level === 'entries' ? 'entry' : 'tile',
          path,
          'differs from the wider file that grew out of it',
        );
      }
    }
  };

  /** A file of the width that the log's size asks for, or the full one that has replaced it since. */
  const readWide = async (
    pathOf: (width: number) => string,
    width: number,
  ): Promise<[string, Uint8Array | undefined]> => {
    const path = logPath(pathOf(width));
    const bytes = await files.read(path);
    if (bytes !== undefined || width === TILE_WIDTH) return [path, bytes];
    const full = logPath(pathOf(TILE_WIDTH));
    const wider = await files.read(full);
    return wider === undefined ? [path, undefined] : [full, wider];
  };

  const loadBundle = async (index: number): Promise<Bundle> => {
    if (held?.index === index) return held;
    const width = widthIn(size, 0, index);
    const [bundlePath, bundle] = await readWide((w) => entriesPath(index, w), width);
    const entries = bundle === undefined ? undefined : decodeBundle(bundle);
    if (bundle === undefined) faults.add('entry', bundlePath, 'the file is missing');
    else if (entries === undefined) faults.add('entry', bundlePath, 'the lengths in it do not add up');
    else if (entries.length < width)
      faults.add('entry', bundlePath, `it holds ${entries.length} entries, not ${width}`);
    else if (bundlePath === logPath(entriesPath(index, width)) && entries.length > width) {
      faults.add('entry', bundlePath, `it holds ${entries.length} entries, not ${width}`);
    }
    const [hashPath, hashes] = await readWide((w) => tilePath(0, index, w), width);
    if (hashes === undefined) faults.add('tile', hashPath, 'the file is missing');
    else if (hashes.length !== HASH_BYTES * (hashPath.includes('.p/') ? width : TILE_WIDTH)) {
      faults.add(
        'tile',
        hashPath,
        `it holds ${hashes.length} bytes, not ${HASH_BYTES} for each of ${width} hashes`,
      );
    }
    tiles += 2;
    held = {
      index,
      entries: entries ?? [],
      hashes: Buffer.from(hashes ?? []),
      entriesPath: bundlePath,
      tilePath: hashPath,
    };
    const { entries: read, hashes: tile } = held;
    await checkPartials(0, index, (w) => tile.subarray(0, w * HASH_BYTES));
    await checkPartials('entries', index, (w) => {
      const bytes = read.slice(0, w).reduce((sum, entry) => sum + 2 + entry.length, 0);
      return (bundle ?? Buffer.alloc(0)).subarray(0, bytes);
    });
    return held;
  };

  const checkFilled = async (): Promise<void> => {
    for (const { level, index, hashes } of filled.splice(0)) {
      if (level === 0) continue;
      const path = logPath(tilePath(level, index, TILE_WIDTH));
      const bytes = await files.read(path);
      tiles++;
      if (bytes === undefined) faults.add('tile', path, 'the file is missing');
      else if (Buffer.compare(bytes, hashes) !== 0)
        faults.add('tile', path, 'its hashes are not those of the tiles below it');
      await checkPartials(level, index, (w) => hashes.subarray(0, w * HASH_BYTES));
    }
  };

  const walk: LogWalk['walk'] = async (to, signedRoot, rootsAt) => {
    const from = tree.size;
    const entries: (Buffer | undefined)[] = [];
    const byEntry: Buffer[] = [];
    const byTile: Buffer[] = [];
    const differences: (readonly [number, Bundle])[] = [];
    for (let leaf = from; leaf < to; leaf++) {
      const bundle = await loadBundle(Math.floor(leaf / TILE_WIDTH));
      const at = leaf % TILE_WIDTH;
      const entry = bundle.entries[at];
      const tileHash = bundle.hashes.length >= (at + 1) * HASH_BYTES ? hashAt(bundle.hashes, at) : undefined;
      const entryHash = entry === undefined ? undefined : leafHash(entry);
      const either = entryHash ?? tileHash ?? Buffer.alloc(HASH_BYTES);
      entries.push(entry);
      byEntry.push(either);
      byTile.push(tileHash ?? either);
      if (entryHash !== undefined && tileHash !== undefined && !entryHash.equals(tileHash))
        differences.push([leaf, bundle]);
    }
    const grownBy = (hashes: readonly Buffer[]): Buffer => {
      const fork = tree.fork();
      for (const hash of hashes) fork.append(hash);
      return fork.root();
    };
    // Which of the two is wrong, the signed root tells; without one, both are suspected.
    const isEntryRight = differences.length > 0 && signedRoot?.equals(grownBy(byEntry)) === true;
    const isTileRight =
      differences.length > 0 && !isEntryRight && signedRoot?.equals(grownBy(byTile)) === true;
    for (const [leaf, bundle] of differences) {
      const at = leaf % TILE_WIDTH;
      if (!isEntryRight) {
        faults.add(
          'entry',
          `${bundle.entriesPath} entry ${at}`,
          `leaf ${leaf} was changed: it does not hash to what the log signed`,
        );
        if (isTileRight) entries[leaf - from] = undefined;
      }
      if (!isTileRight)
        faults.add('tile', `${bundle.tilePath} hash ${at}`, `differs from the hash of leaf ${leaf}`);
    }
    const roots = new Map<number, Buffer>();
    const wanted = new Set(rootsAt(entries));
    for (const hash of isTileRight ? byTile : byEntry) {
      tree.append(hash);
      if (wanted.has(tree.size)) roots.set(tree.size, tree.root());
    }
    await checkFilled();
    return { from, to, entries, roots };
  };

  /** True when no narrower file of a tile lies in the stretch: those are for the careful way. */
  const hasNoPartials = (from: number, to: number): boolean => {
    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++)
      if (partials.has(`0/${index}`) || partials.has(`entries/${index}`)) return false;
    return true;
  };

  const accept: LogWalk['accept'] = async (range, signedRoot) => {
    const [from, to] = [tree.size, tree.size + range.leaves];
    if (!hasNoPartials(from, to)) return false;
    const full: Tile[] = [];
    const grown = tree.fork((tile) => full.push(tile));
    const edges = Buffer.from(range.edges.buffer as ArrayBuffer, range.edges.byteOffset, range.edges.length);
    for (let [tile, edge] = [0, 0]; grown.size < to;) {
      if (grown.size % TILE_WIDTH === 0 && grown.size + TILE_WIDTH <= to) {
        grown.appendTile(range.tileRoots.subarray(tile * HASH_BYTES, (tile + 1) * HASH_BYTES));
        tile++;
      } else {
        grown.append(hashAt(edges, edge++));
      }
    }
    if (!grown.root().equals(signedRoot)) return false;
    // The next stretch tells of its tiles itself.
    tree = grown.fork((tile) => filled.push(tile));
    filled.push(...full);
    tiles += 2 * (Math.floor((to - 1) / TILE_WIDTH) - Math.floor((from - 1) / TILE_WIDTH));
    await checkFilled();
    return true;
  };

  return {
    accept,
    get size() {
      return tree.size;
    },
    get tiles() {
      return tiles;
    },
    walk,
    async finish() {
      for (const { level, index, width, hashes } of tree.edge()) {
        if (level === 0) continue;
        const [path, bytes] = await readWide((w) => tilePath(level, index, w), width);
        tiles++;
        if (bytes === undefined) faults.add('tile', path, 'the file is missing');
        else if (path.includes('.p/') && Buffer.compare(bytes, hashes) !== 0) {
          faults.add('tile', path, 'its hashes are not those of the tiles below it');
        }
        await checkPartials(level, index, (w) => hashes.subarray(0, w * HASH_BYTES));
      }
    },
  };
}
