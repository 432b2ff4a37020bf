import { highestBit, takeBits, ZstdError } from './bits.ts';
import type { BackwardBits } from './bits.ts';

/** A table of finite state entropy: RFC 8878 4.1. Entry i is what state i stands for. */
export interface FseTable {
  /** States are of so many bits. */
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** The table of normalised counts; -1 stands for "less than one". */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = counts.map((count) => (count === -1 ? 1 : count));
  let high = size - 1;
  for (const [symbol, count] of counts.entries()) if (count === -1) symbols[high--] = symbol;
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at > high);
    }
  }
  if (at !== 0) throw new ZstdError('the counts of a table do not fill it');
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (const [state, symbol] of symbols.entries()) {
    const count = next[symbol] ?? 0;
    next[symbol] = count + 1;
    const width = log - highestBit(count);
    bits[state] = width;
    bases[state] = (count << width) - size;
  }
  return { log, symbols, bits, bases };
}

/** A table of one symbol. */
export const rleTable = (symbol: number): FseTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: new Uint8Array(1),
  bases: new Uint16Array(1),
});

/** Reads the description of a table. Answers it and where it ends. RFC 8878 4.1.1. */
export function readFseTable(
  bytes: Uint8Array,
  from: number,
  end: number,
  maxLog: number,
  maxSymbols: number,
): { readonly table: FseTable; readonly end: number } {
  let position = from * 8;
  const read = (count: number): number => {
    const at = position >> 3;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    const value = (word >>> (position & 7)) & ((1 << count) - 1);
    position += count;
    if (position > end * 8) throw new ZstdError('a table ends too early');
    return value;
  };
  const log = read(4) + 5;
  if (log > maxLog) throw new ZstdError(`a table of ${log} bits is more than ${maxLog}`);
  const counts: number[] = [];
  let remaining = 1 << log;
  while (remaining > 0 && counts.length < maxSymbols) {
    const width = highestBit(remaining + 1) + 1;
    const low = (1 << (width - 1)) - 1;
    const threshold = (1 << width) - 1 - (remaining + 1);
    let value = read(width - 1);
    if ((value & low) >= threshold) {
      value |= read(1) << (width - 1);
      if (value > low) value -= threshold;
    }
    const count = value - 1;
    remaining -= Math.abs(count);
    counts.push(count);
    if (count !== 0) continue;
    for (let repeats = 3; repeats === 3;) {
      repeats = read(2);
      for (let i = 0; i < repeats; i++) counts.push(0);
    }
  }
  if (remaining !== 0 || counts.length > maxSymbols)
    throw new ZstdError('the counts of a table do not add up');
  return { table: fseTable(counts, log), end: (position + 7) >> 3 };
}

/** The state after `state`. */
export const nextState = (table: FseTable, state: number, bits: BackwardBits): number =>
  (table.bases[state] ?? 0) + takeBits(bits, table.bits[state] ?? 0);
