import { backwardBits, takeBits, ZstdError } from './bits.ts';
import { fseTable, nextState, readFseTable, rleTable } from './fse.ts';
import type { FseTable } from './fse.ts';

/** What is kept from block to block. */
export interface Repeats {
  tables: readonly [FseTable, FseTable, FseTable] | undefined;
  /** The last three offsets, newest first. */
  offsets: [number, number, number];
}

/** Lengths by their code: a base, and how many more bits say the rest. RFC 8878 3.1.1.3.2.1.1. */
const bits = (runs: readonly (readonly [number, number])[]): readonly number[] =>
  runs.flatMap(([count, width]) => Array.from({ length: count }, () => width));
const basesOf = (widths: readonly number[], first: number): readonly number[] => {
  const bases: number[] = [];
  let base = first;
  for (const width of widths) {
    bases.push(base);
    base += 2 ** width;
  }
  return bases;
};
const literalBits = bits([
  [16, 0],
  [4, 1],
  [2, 2],
  [2, 3],
  [1, 4],
  [1, 6],
  ...Array.from({ length: 10 }, (_, i) => [1, 7 + i] as const),
]);
const matchBits = bits([
  [32, 0],
  [4, 1],
  [2, 2],
  [2, 3],
  [2, 4],
  [1, 5],
  ...Array.from({ length: 10 }, (_, i) => [1, 7 + i] as const),
]);
const literalBases = basesOf(literalBits, 0);
const matchBases = basesOf(matchBits, 3);

const ones = (count: number, value = 1): number[] => Array.from({ length: count }, () => value);
/** Tables that need no description: RFC 8878 3.1.1.3.2.2. Literal lengths, offsets, match lengths. */
const predefined = [
  fseTable([4, 3, ...ones(11, 2), 1, 1, 1, ...ones(9, 2), 3, 2, ...ones(5), ...ones(4, -1)], 6),
  fseTable([...ones(6), 2, 2, 2, ...ones(15), ...ones(5, -1)], 5),
  fseTable([1, 4, 3, ...ones(6, 2), ...ones(37), ...ones(7, -1)], 6),
] as const;
const maxLogs = [9, 8, 9] as const;
const maxSymbols = [36, 32, 53] as const;

interface Described {
  readonly table: FseTable;
  readonly end: number;
}

function describe(
  bytes: Uint8Array,
  at: number,
  end: number,
  mode: number,
  which: 0 | 1 | 2,
  repeats: Repeats,
): Described {
  switch (mode) {
    case 0:
      return { table: predefined[which], end: at };
    case 1:
      if ((bytes[at] ?? 255) >= maxSymbols[which])
        throw new ZstdError('a code of a sequence is out of range');
      return { table: rleTable(bytes[at] ?? 0), end: at + 1 };
    case 2:
      return readFseTable(bytes, at, end, maxLogs[which], maxSymbols[which]);
    default: {
      const table = repeats.tables?.[which];
      if (table === undefined) throw new ZstdError('sequences refer to a table that was never given');
      return { table, end: at };
    }
  }
}

/** The offset that a sequence means, moved to the front of the last three. RFC 8878 3.1.1.5. */
function resolveOffset(value: number, literals: number, offsets: [number, number, number]): number {
  if (value > 3) {
    [offsets[2], offsets[1], offsets[0]] = [offsets[1], offsets[0], value - 3];
    return offsets[0];
  }
  const which = value - 1 + (literals === 0 ? 1 : 0);
  if (which === 0) return offsets[0];
  const offset = which === 3 ? offsets[0] - 1 : which === 1 ? offsets[1] : offsets[2];
  if (which !== 1) offsets[2] = offsets[1];
  offsets[1] = offsets[0];
  offsets[0] = offset;
  return offset;
}

function sequenceCount(bytes: Uint8Array, at: number): readonly [number, number] {
  const first = bytes[at] ?? 0;
  if (first < 128) return [first, at + 1];
  if (first < 255) return [((first - 128) << 8) + (bytes[at + 1] ?? 0), at + 2];
  return [(bytes[at + 1] ?? 0) + ((bytes[at + 2] ?? 0) << 8) + 0x7f00, at + 3];
}

/** Carries out the sequences of a block on its literals. Answers how far `output` is filled. @throws ZstdError */
export function runSequences(
  block: { readonly bytes: Uint8Array; readonly at: number; readonly end: number },
  literals: Uint8Array,
  repeats: Repeats,
  output: Uint8Array,
  from: number,
): number {
  const { bytes, end } = block;
  let [sequences, at] = sequenceCount(bytes, block.at);
  let filled = from;
  let used = 0;
  const copyLiterals = (length: number): void => {
    if (used + length > literals.length || filled + length > output.length)
      throw new ZstdError('literals run out');
    output.set(literals.subarray(used, used + length), filled);
    used += length;
    filled += length;
  };
  if (sequences > 0) {
    const modes = bytes[at++] ?? 0;
    const l = describe(bytes, at, end, modes >> 6, 0, repeats);
    const o = describe(bytes, l.end, end, (modes >> 4) & 3, 1, repeats);
    const m = describe(bytes, o.end, end, (modes >> 2) & 3, 2, repeats);
    repeats.tables = [l.table, o.table, m.table];
    const stream = backwardBits(bytes, m.end, end);
    let [literal, offset, match] = [l, o, m].map(({ table }) => takeBits(stream, table.log)) as [
      number,
      number,
      number,
    ];
    for (; sequences > 0; sequences--) {
      const offsetCode = o.table.symbols[offset] ?? 0;
      const offsetValue = 2 ** offsetCode + takeBits(stream, offsetCode);
      const matchCode = m.table.symbols[match] ?? 0;
      const matchLength = (matchBases[matchCode] ?? 0) + takeBits(stream, matchBits[matchCode] ?? 0);
      const literalCode = l.table.symbols[literal] ?? 0;
      const literalLength =
        (literalBases[literalCode] ?? 0) + takeBits(stream, literalBits[literalCode] ?? 0);
      if (sequences > 1) {
        literal = nextState(l.table, literal, stream);
        match = nextState(m.table, match, stream);
        offset = nextState(o.table, offset, stream);
      }
      copyLiterals(literalLength);
      const distance = resolveOffset(offsetValue, literalLength, repeats.offsets);
      if (distance < 1 || distance > filled || filled + matchLength > output.length)
        throw new ZstdError('a match reaches out of the content');
      if (distance >= matchLength)
        output.copyWithin(filled, filled - distance, filled - distance + matchLength);
      else for (let i = 0; i < matchLength; i++) output[filled + i] = output[filled + i - distance] ?? 0;
      filled += matchLength;
    }
    if (stream.left !== 0) throw new ZstdError('the sequences do not end where they should');
  }
  copyLiterals(literals.length - used);
  return filled;
}
