import { backwardBits, highestBit, peekBits, takeBits, ZstdError } from './bits.ts';
import { nextState, readFseTable } from './fse.ts';

/** Codes of literals: entry i is what a code starting with the bits of i stands for. RFC 8878 4.2.1. */
export interface HuffmanTable {
  /** The longest code, bits. */
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly lengths: Uint8Array;
}

const MAX_LOG = 11;

/** Weights that are themselves compressed, by two states that take turns. */
function compressedWeights(bytes: Uint8Array, from: number, end: number): number[] {
  const { table, end: start } = readFseTable(bytes, from, end, 6, 256);
  const bits = backwardBits(bytes, start, end);
  const states: [number, number] = [takeBits(bits, table.log), takeBits(bits, table.log)];
  const weights: number[] = [];
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn as 0 | 1];
    weights.push(table.symbols[state] ?? 0);
    const width = table.bits[state] ?? 0;
    if (bits.left < width) {
      weights.push(table.symbols[states[(turn ^ 1) as 0 | 1]] ?? 0);
      return weights;
    }
    states[turn as 0 | 1] = nextState(table, state, bits);
    if (weights.length > 255) throw new ZstdError('too many weights of literals');
  }
}

function tableOf(weights: readonly number[]): HuffmanTable {
  const sum = weights.reduce((all, weight) => all + (weight > 0 ? 2 ** (weight - 1) : 0), 0);
  if (sum === 0) throw new ZstdError('no weights of literals');
  const log = highestBit(sum) + 1;
  const rest = 2 ** log - sum;
  if (log > MAX_LOG || (rest & (rest - 1)) !== 0)
    throw new ZstdError('the weights of literals do not add up');
  const all = [...weights, highestBit(rest) + 1];
  const symbols = new Uint8Array(1 << log);
  const lengths = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (const [symbol, own] of all.entries()) {
      if (own !== weight) continue;
      const width = 1 << (weight - 1);
      symbols.fill(symbol, at, at + width);
      lengths.fill(log + 1 - weight, at, at + width);
      at += width;
    }
  }
  return { log, symbols, lengths };
}

/** Reads the description of a table. Answers it and where it ends. */
export function readHuffmanTable(
  bytes: Uint8Array,
  from: number,
  limit: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const header = bytes[from] ?? 0;
  const start = from + 1;
  const end = start + (header < 128 ? header : (header - 127 + 1) >> 1);
  if (end > limit) throw new ZstdError('the weights of literals are cut short');
  if (header < 128) return { table: tableOf(compressedWeights(bytes, start, end)), end };
  const weights = Array.from({ length: header - 127 }, (_, i) => {
    const byte = bytes[start + (i >> 1)] ?? 0;
    return i % 2 === 0 ? byte >> 4 : byte & 15;
  });
  return { table: tableOf(weights), end };
}

/** Decodes one stream into [at, to) of `output`. @throws ZstdError when it does not end exactly there. */
export function decodeLiterals(
  { log, symbols, lengths }: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  at: number,
  to: number,
): void {
  const bits = backwardBits(bytes, start, end);
  for (let i = at; i < to; i++) {
    const code = peekBits(bits, log);
    output[i] = symbols[code] ?? 0;
    bits.left -= lengths[code] ?? 0;
  }
  if (bits.left !== 0) throw new ZstdError('a stream of literals does not end where it should');
}
