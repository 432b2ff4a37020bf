import { CAPTURE_PREFIX } from './entries.ts';
import { HASH_BYTES, leafHashAt } from './merkle.ts';
import { createPayloadTally } from './payload-check.ts';
import { gaplessOf, partsOf, readOthers, tilesOf } from './range-bundles.ts';
import { createScratch } from './scratch.ts';
import { createStreamCounter } from './stream-count.ts';
import type { StreamCounter } from './stream-count.ts';
import { entriesPath, tilePath, widthIn } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import type { LakeFiles } from './verify-port.ts';
import type { CleanRange, RangeJob } from './verify-range.ts';

const [SEQUENCE, STREAM] = [',"sequence":', '","stream":"'];

/** A text as it stands in JSON, latin1, as the text that it is. */
const unquoted = (raw: string): string => JSON.parse(`"${Buffer.from(raw, 'latin1').toString()}"`) as string;

/**
 * Counts a capture from its entry, without reading all of it as JSON: a quote within a text stands behind a backslash, so
 * each name is found once. False for what is no capture, or out of order.
 */
function createEntryCounter(streams: StreamCounter): (entry: string) => boolean {
  const texts = new Map<string, string>();
  return (entry) => {
    const [at, stream] = [entry.indexOf(SEQUENCE), entry.lastIndexOf(STREAM)];
    const sequence = Number(entry.slice(at + SEQUENCE.length, entry.indexOf(',', at + 1)));
    const isCapture = entry.startsWith(CAPTURE_PREFIX) && entry.endsWith('"}') && at > 0 && stream > at;
    if (!isCapture || !Number.isSafeInteger(sequence)) return false;
    const raw = entry.slice(stream + STREAM.length, -2);
    let text = texts.get(raw);
    if (text === undefined) texts.set(raw, (text = unquoted(raw)));
    return streams.take(text, sequence);
  };
}

/**
 * The quick way over a stretch of a log whose rows stand elsewhere by now: bundles are hashed and compared with tiles,
 * captures counted. Rows are compared with the log where they are. Answers nothing when a file of captures of the seal is
 * still in its table, or anything does not fit.
 */
export function createLogLook(files: LakeFiles): (job: RangeJob) => Promise<CleanRange | undefined> {
  const scratch = createScratch(files);
  let room = Buffer.alloc(0);

  return async (job) => {
    const { folder, from, to, size, retired } = job;
    const others = await readOthers(files, job);
    const ended = others === undefined ? undefined : partsOf(others.map((entry) => entry.toString()));
    if (others === undefined || ended === undefined) return undefined;
    const captures = to - from - others.length;
    const homes = ended.segments.filter(({ table }) => table === 'captures');
    const isElsewhere = homes.every(({ path }) => retired.includes(`captures/${path}`));
    if (!isElsewhere || homes.length > 0 !== captures > 0) return undefined;
    const streams = createStreamCounter(gaplessOf(ended.parts));
    const count = createEntryCounter(streams);
    const needed = (to - from) * HASH_BYTES;
    if (room.length < needed) room = Buffer.alloc(needed);
    const hashes = room.subarray(0, needed);

    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++) {
      const width = widthIn(size, 0, index);
      const read = await scratch.read('bundle', `${folder}/${entriesPath(index, width)}`);
      const tile = await scratch.read('tile', `${folder}/${tilePath(0, index, width)}`);
      if (read === undefined || tile?.length !== width * HASH_BYTES) return undefined;
      const bundle = Buffer.from(read.buffer as ArrayBuffer, read.byteOffset, read.length);
      let at = 0;
      for (let i = 0; i < width; i++) {
        if (at + 2 > bundle.length) return undefined;
        const start = at + 2;
        const end = start + bundle.readUInt16BE(at);
        if (end > bundle.length) return undefined;
        at = end;
        const leaf = index * TILE_WIDTH + i;
        if (leaf < from || leaf >= to) continue;
        // The byte before an entry is its length's; for a moment it is the zero that marks a leaf.
        const low = bundle[start - 1] ?? 0;
        bundle[start - 1] = 0;
        leafHashAt(hashes, (leaf - from) * HASH_BYTES, bundle.subarray(start - 1, end));
        bundle[start - 1] = low;
        if (leaf - from < captures && !count(bundle.toString('latin1', start, end))) return undefined;
      }
      const [first, last] = [Math.max(from, index * TILE_WIDTH), Math.min(to, index * TILE_WIDTH + width)];
      const inTile = (leaf: number): number => (leaf - index * TILE_WIDTH) * HASH_BYTES;
      const hashed = hashes.subarray((first - from) * HASH_BYTES, (last - from) * HASH_BYTES);
      if (at !== bundle.length || !hashed.equals(tile.subarray(inTile(first), inTile(last))))
        return undefined;
    }
    return {
      leaves: to - from,
      ...tilesOf(hashes, from, to - from),
      captures,
      entries: others.map((entry) => entry.toString()),
      streams: streams.counted(),
      segments: 0,
      rows: 0,
      bytes: 0,
      payloads: createPayloadTally(),
      isLogOnly: true,
    };
  };
}
