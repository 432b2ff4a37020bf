import { ZstdError } from './bits.ts';
import { decodeLiterals, readHuffmanTable } from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';

/** The literals of a block. RFC 8878 3.1.1.3.1. */
export interface Literals {
  readonly bytes: Uint8Array;
  /** Where the section ends. */
  readonly end: number;
  /** For the next block that says "as before". */
  readonly table: HuffmanTable | undefined;
}

const MAX_LITERALS = 128 * 1024;

interface Header {
  readonly kind: number;
  readonly size: number;
  readonly packed: number;
  readonly streams: 1 | 4;
  readonly length: number;
}

function readHeader(bytes: Uint8Array, at: number): Header {
  const byte = (i: number): number => bytes[at + i] ?? 0;
  const kind = byte(0) & 3;
  const format = (byte(0) >> 2) & 3;
  if (kind < 2) {
    if (format === 1)
      return { kind, size: (byte(0) >> 4) | (byte(1) << 4), packed: 0, streams: 1, length: 2 };
    if (format === 3) {
      return {
        kind,
        size: (byte(0) >> 4) | (byte(1) << 4) | (byte(2) << 12),
        packed: 0,
        streams: 1,
        length: 3,
      };
    }
    return { kind, size: byte(0) >> 3, packed: 0, streams: 1, length: 1 };
  }
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  const length = format < 2 ? 3 : format === 2 ? 4 : 5;
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + byte(i);
  value = Math.floor(value / 16);
  return {
    kind,
    size: value % 2 ** width,
    packed: Math.floor(value / 2 ** width),
    streams: format === 0 ? 1 : 4,
    length,
  };
}

/** Reads the literals that start at `at` of a block that ends at `end`. @throws ZstdError */
export function readLiterals(
  bytes: Uint8Array,
  at: number,
  end: number,
  before: HuffmanTable | undefined,
): Literals {
  const { kind, size, packed, streams, length } = readHeader(bytes, at);
  if (size > MAX_LITERALS) throw new ZstdError(`${size} literals in a block are too many`);
  const start = at + length;
  const stop = start + (kind === 0 ? size : kind === 1 ? 1 : packed);
  if (stop > end) throw new ZstdError('the literals are cut short');
  if (kind === 0) return { bytes: bytes.subarray(start, stop), end: stop, table: before };
  const output = new Uint8Array(size);
  if (kind === 1) return { bytes: output.fill(bytes[start] ?? 0), end: stop, table: before };
  const described = kind === 2 ? readHuffmanTable(bytes, start, stop) : { table: before, end: start };
  const { table } = described;
  if (table === undefined) throw new ZstdError('literals refer to a table that was never given');
  let from = described.end;
  if (streams === 1) {
    decodeLiterals(table, bytes, from, stop, output, 0, size);
    return { bytes: output, end: stop, table };
  }
  const lengths = [0, 2, 4].map((i) => (bytes[from + i] ?? 0) | ((bytes[from + i + 1] ?? 0) << 8));
  from += 6;
  const each = (size + 3) >> 2;
  for (let i = 0; i < 4; i++) {
    const to = i < 3 ? from + (lengths[i] ?? 0) : stop;
    if (to > stop) throw new ZstdError('a stream of literals is cut short');
    decodeLiterals(
      table,
      bytes,
      from,
      to,
      output,
      Math.min(size, i * each),
      i < 3 ? Math.min(size, (i + 1) * each) : size,
    );
    from = to;
  }
  return { bytes: output, end: stop, table };
}
