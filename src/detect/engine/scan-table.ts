import {
  FEWEST_BITS,
  GRAM,
  GRAM_MASK,
  HEADS,
  LOWER,
  MOST_BITS,
  SPREAD,
  TABLE_BYTES,
  bitsAt,
  header,
  headsAt,
  headsUntil,
} from './scan-code.ts';

/** A shorter piece is none: the last eight bytes of a piece are compared at once. */
export const SHORTEST_PIECE = 8;

/** The longer windows are, the fewer places are looked at. */
export const LONGEST_WINDOW = 64;

/** Part of a piece that its place is found by. */
export interface Window {
  readonly piece: string;
  readonly from: number;
}

/**
 * Writes the table that the message scan looks for pieces by; undefined: there are too many. Windows have `length` signs
 * each.
 *
 * Its law: it may only weaken. Of any `length` bytes in a row, one gram begins at a place that is looked at, and lies
 * within them: so each gram of a window is in the table.
 */
export function scanTable(
  windows: readonly Window[],
  length: number,
  folds: boolean,
): Uint8Array | undefined {
  const step = length - GRAM + 1;
  const grams = windows.flatMap(({ piece, from }, place) =>
    Array.from({ length: step }, (_, nth) => ({ place, at: from + nth, hash: hashOf(piece, from + nth) })),
  );
  const entriesAt = headsUntil;
  const piecesAt = entriesAt + 8 * (grams.length + 1);
  const seenAt = piecesAt + 8 * windows.length;
  const hitsAt = seenAt + 2 * Math.ceil(windows.length / 2);
  const textsAt = hitsAt + 2 * windows.length;
  const size = textsAt + windows.reduce((sum, { piece }) => sum + piece.length, 0);
  if (size > TABLE_BYTES || grams.length >= MOST_ENTRIES) return undefined;

  const table = new Uint8Array(size);
  const view = new DataView(table.buffer);
  const fields = { step, entriesAt, piecesAt, seenAt, hitsAt, folds: Number(folds) };
  for (const [name, value] of Object.entries(fields))
    view.setInt32(header[name as keyof typeof header], value, true);
  const bits = Math.min(MOST_BITS, Math.max(FEWEST_BITS, Math.ceil(Math.log2(grams.length * BITS_A_GRAM))));
  view.setBigInt64(header.shift, BigInt(64 - bits), true);
  for (const [nth, { place, at, hash }] of grams.entries()) {
    const bit = Number(hash >> BigInt(64 - bits));
    table[bitsAt + (bit >> 3)] = (table[bitsAt + (bit >> 3)] ?? 0) | (1 << (bit & 7));
    const head = headsAt + 2 * Number(hash >> BigInt(64 - HEADS));
    const entry = entriesAt + 8 * (nth + 1);
    view.setUint16(entry, place, true);
    view.setUint16(entry + 2, at, true);
    view.setUint16(entry + 4, view.getUint16(head, true), true);
    view.setUint16(head, nth + 1, true);
  }
  let text = textsAt;
  for (const [place, { piece }] of windows.entries()) {
    view.setInt32(piecesAt + 8 * place, text, true);
    view.setInt32(piecesAt + 8 * place + 4, piece.length, true);
    for (let at = 0; at < piece.length; at++) table[text++] = piece.charCodeAt(at) | 0x20;
  }
  return table;
}

/** Of so many bits one is set: one look in so many goes on for nothing. */
const BITS_A_GRAM = 32;
/** Entries are counted in 16 bits, from 1. */
const MOST_ENTRIES = 0xffff;

function hashOf(piece: string, at: number): bigint {
  let gram = 0n;
  for (let nth = GRAM - 1; nth >= 0; nth--) gram = (gram << 8n) | BigInt(piece.charCodeAt(at + nth));
  return BigInt.asUintN(64, ((gram | LOWER) & GRAM_MASK) * SPREAD);
}

/** Of each piece, the part that has least in common with other pieces: what they share stands in many messages. */
export function windowsOf(pieces: readonly string[], length: number): readonly Window[] {
  const shared = new Map<string, number>();
  const gramsOf = (piece: string): readonly string[] =>
    Array.from({ length: piece.length - GRAM + 1 }, (_, at) => piece.slice(at, at + GRAM));
  for (const piece of pieces)
    for (const gram of new Set(gramsOf(piece))) shared.set(gram, (shared.get(gram) ?? 0) + 1);
  return pieces.map((piece) => {
    const costs = gramsOf(piece).map((gram) => shared.get(gram) ?? 0);
    let best = { from: 0, cost: Number.POSITIVE_INFINITY };
    for (let from = 0; from + length <= piece.length; from++) {
      const cost = costs.slice(from, from + length - GRAM + 1).reduce((sum, of) => sum + of, 0);
      if (cost < best.cost) best = { from, cost };
    }
    return { piece, from: best.from };
  });
}
