import { parseEntry } from './entries.ts';
import type { SealPart, SegmentFacts, StreamFacts } from './entries.ts';
import { HASH_BYTES, perfectRoot } from './merkle.ts';
import { decodeBundle, entriesPath, widthIn } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import type { LakeFiles } from './verify-port.ts';
import type { CleanRange } from './verify-range.ts';
import { isCapture } from './verify-seal-entries.ts';

/** The full tiles of a stretch by their roots, and the leaves that those cut by its ends have of it. */
export function tilesOf(
  hashes: Buffer,
  from: number,
  leaves: number,
): Pick<CleanRange, 'edges' | 'tileRoots'> {
  const first = (TILE_WIDTH - (from % TILE_WIDTH)) % TILE_WIDTH;
  const tiles = Math.max(0, Math.floor((leaves - first) / TILE_WIDTH));
  const tileRoots = Buffer.alloc(tiles * HASH_BYTES);
  for (let i = 0; i < tiles; i++)
    perfectRoot(hashes, first + i * TILE_WIDTH, TILE_WIDTH).copy(tileRoots, i * HASH_BYTES);
  const [end, behind] = [first * HASH_BYTES, (first + tiles * TILE_WIDTH) * HASH_BYTES];
  const cut = tiles === 0 ? [hashes] : [hashes.subarray(0, end), hashes.subarray(behind)];
  // A copy of its own: what goes to another thread takes the memory around it along.
  const edges = new Uint8Array(Buffer.concat(cut));
  return { edges, tileRoots };
}

/** The parts of the seal that the entries end with; undefined when they end none, or more than one. */
export function partsOf(
  others: readonly string[],
): { readonly parts: SealPart[]; readonly segments: SegmentFacts[] } | undefined {
  const [parts, segments]: [SealPart[], SegmentFacts[]] = [[], []];
  for (const [i, text] of others.entries()) {
    const entry = parseEntry(text);
    if (entry === undefined) return undefined;
    if (entry.kind === 'segment') segments.push(entry.segment);
    if (entry.kind === 'seal') parts.push(entry.part);
    const isEnd = entry.kind === 'seal' && entry.part.part === entry.part.parts;
    if (isEnd !== (i === others.length - 1)) return undefined;
  }
  return parts.length === 0 ? undefined : { parts, segments };
}

/** Streams of a seal that number without gaps, by its own word. */
export const gaplessOf = (parts: readonly SealPart[]): Set<string> =>
  new Set(
    parts.flatMap(({ streams }) =>
      streams.filter((facts: StreamFacts) => facts.contiguous === true).map(({ stream }) => stream),
    ),
  );

/** The entries of leaves [from, to) behind the captures that they start with; undefined when a bundle is missing or damaged. */
export async function readOthers(
  files: LakeFiles,
  log: { readonly folder: string; readonly from: number; readonly to: number; readonly size: number },
): Promise<Buffer[] | undefined> {
  const { folder, from, to, size } = log;
  const others: Buffer[] = [];
  for (
    let index = Math.floor((to - 1) / TILE_WIDTH);
    (index + 1) * TILE_WIDTH > from && index >= 0;
    index--
  ) {
    const width = widthIn(size, 0, index);
    const bytes = await files.read(`${folder}/${entriesPath(index, width)}`);
    const entries = bytes === undefined ? undefined : decodeBundle(bytes);
    if (entries?.length !== width) return undefined;
    const [first, end] = [Math.max(0, from - index * TILE_WIDTH), Math.min(width, to - index * TILE_WIDTH)];
    const own = entries.slice(first, end);
    const captures = own.findLastIndex(isCapture) + 1;
    others.unshift(...own.slice(captures));
    if (captures > 0) break;
  }
  return others;
}

/** Where entries [first, first + count) lie in a bundle of `width` entries; undefined when its lengths do not add up. */
export function stretchOf(
  bundle: Uint8Array,
  width: number,
  first: number,
  count: number,
): { readonly start: number; readonly end: number } | undefined {
  // A bundle that is all asked for is compared byte by byte: its lengths need not be looked at.
  if (count === width) return { start: 0, end: bundle.length };
  let [at, start, end] = [0, 0, 0];
  for (let i = 0; i < width; i++) {
    if (i === first) start = at;
    if (at + 2 > bundle.length) return undefined;
    at += 2 + (((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0));
    if (i === first + count - 1) end = at;
  }
  return at === bundle.length ? { start, end } : undefined;
}
