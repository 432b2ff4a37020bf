import { iso } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Row } from './rows.ts';

/** A slice of time that was asked for, with what of it is in the evidence. */
export interface Slice {
  /** Epoch ms. */
  readonly from: number;
  /** Not included. */
  readonly until: number;
  /** How many rows of each digest were taken. */
  readonly taken: Map<string, number>;
}

export const newSlice = (from: number, until: number): Slice => ({ from, until, taken: new Map() });

/** Rows of an answer that were not taken yet; from now on they are. */
export function takeRows({ taken }: Slice, rows: readonly Row[]): readonly Row[] {
  const inAnswer = new Map<string, number>();
  return rows.filter(({ digest }) => {
    const nth = (inAnswer.get(digest) ?? 0) + 1;
    inAnswer.set(digest, nth);
    if (nth <= (taken.get(digest) ?? 0)) return false;
    taken.set(digest, nth);
    return true;
  });
}

/** A message: rows, the slice they were asked for with, and their digests, by which a restart knows them again. */
export const messageOf = ({ from, until }: Slice, rows: readonly Row[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      records: rows.map(({ record }): JsonObject => record),
      from: iso(from),
      until: iso(until),
      digests: rows.map(({ digest }) => digest),
    }),
  );

interface ReadBack {
  readonly from: number;
  readonly until: number;
  readonly digests: readonly string[];
}

function readBack(body: Uint8Array): ReadBack | undefined {
  try {
    const { from, until, digests } = JSON.parse(Buffer.from(body).toString()) as Readonly<
      Record<string, unknown>
    >;
    const [start, end] = [Date.parse(String(from)), Date.parse(String(until))];
    if (!(start < end) || !Array.isArray(digests)) return undefined;
    return { from: start, until: end, digests: digests.map(String) };
  } catch {
    return undefined;
  }
}

/**
 * The slices between two moments as an earlier process left them, from the messages it had sealed. What no message speaks
 * of was asked for and held nothing. None when one of the messages cannot be read any more, because it was erased or
 * comes from an older version: rows that were taken would come twice. The last one ends at `end`.
 */
export function slicesFrom(bodies: readonly Uint8Array[], since: number, end: number): Slice[] {
  const slices = new Map<string, Slice>();
  for (const body of bodies) {
    const read = readBack(body);
    if (read === undefined) return [];
    if (read.until <= since || read.from >= end) continue;
    const key = `${read.from} ${read.until}`;
    const slice = slices.get(key) ?? newSlice(read.from, read.until);
    slices.set(key, slice);
    for (const digest of read.digests) slice.taken.set(digest, (slice.taken.get(digest) ?? 0) + 1);
  }
  const known = [...slices.values()].toSorted((a, b) => a.from - b.from);
  const all: Slice[] = [];
  let at = since;
  for (const slice of known) {
    if (slice.from > at) all.push(newSlice(at, slice.from));
    all.push(slice);
    at = Math.max(at, slice.until);
  }
  if (at < end) all.push(newSlice(at, end));
  return all;
}
