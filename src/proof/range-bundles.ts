import { decodeBundle, entriesPath, widthIn } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import type { LakeFiles } from './verify-port.ts';
import { isCapture } from './verify-seal-entries.ts';

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
