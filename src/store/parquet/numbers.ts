import type { Column, ColumnValue } from '../../domain/tables.ts';
import { encodeDelta, fitsDelta } from './delta-binary-packed.ts';
import { ENCODING, levelsOf, PAGE_ROWS } from './page.ts';
import type { RawChunk, RawPage } from './page.ts';

type NumberType = Column<never>['type'];

const TWO_32 = 4_294_967_296;

/** The lake's times are epoch ms; Delta Lake asks for microseconds: PROTOCOL.md, Delta Data Type to Parquet Type Mappings. */
const scaleOf = (type: NumberType): number => (type === 'timestamp' ? 1000 : 1);

/** A value as it stands in a file, little endian; exact also where a double would not be, as of times far ahead. */
export function numberBytes(type: NumberType, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(type === 'int' ? 4 : 8);
  writeNumber(type, bytes, 0, value);
  return bytes;
}

/** In halves of 32 bits: a BigInt a value would cost more than all else. */
function writeNumber(type: NumberType, out: Buffer, at: number, value: number): void {
  if (type === 'int') {
    out.writeInt32LE(value, at);
    return;
  }
  const scale = scaleOf(type);
  const high = Math.floor(value / TWO_32);
  const low = (value - high * TWO_32) * scale;
  const carry = Math.floor(low / TWO_32);
  out.writeInt32LE((low - carry * TWO_32) | 0, at);
  out.writeInt32LE((high * scale + carry) | 0, at + 4);
}

function encodePlain(type: NumberType, values: Float64Array): Buffer {
  const size = type === 'int' ? 4 : 8;
  const out = Buffer.allocUnsafe(values.length * size);
  for (const [i, value] of values.entries()) writeNumber(type, out, i * size, value);
  return out;
}

/** As differences; where these would not be exact, as they are. */
function encode(
  type: NumberType,
  values: Float64Array,
  min: number,
  max: number,
): Pick<RawPage, 'encoding' | 'values'> {
  const scale = scaleOf(type);
  const isExact = Math.max(-min, max) * scale <= Number.MAX_SAFE_INTEGER;
  if (values.length === 0 || !isExact || !fitsDelta(min * scale, max * scale, type !== 'int'))
    return { encoding: ENCODING.plain, values: encodePlain(type, values) };
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) * scale;
  return { encoding: ENCODING.deltaBinaryPacked, values: encodeDelta(values) };
}

/** @throws RangeError for a number that is none of its column's type. */
function checked(column: Column<never>, min: number, max: number, isWhole: boolean): void {
  const limit = column.type === 'int' ? 2 ** 31 : Number.MAX_SAFE_INTEGER + 1;
  if (isWhole && min >= -limit && max < limit) return;
  throw new RangeError(
    `column ${column.name}: not all values are whole numbers that fit its type, ${column.type}`,
  );
}

function pageOf(column: Column<never>, values: readonly ColumnValue[], from: number, to: number): RawPage {
  const rows = to - from;
  const numbers = new Float64Array(rows);
  let [count, min, max, isWhole] = [0, Infinity, -Infinity, true];
  for (let row = from; row < to; row++) {
    const value = values[row] as number | undefined;
    if (value === undefined) continue;
    numbers[count++] = value;
    if (value < min) min = value;
    if (value > max) max = value;
    if (Math.floor(value) !== value) isWhole = false;
  }
  if (count > 0) checked(column, min, max, isWhole);
  return {
    rows,
    nulls: rows - count,
    levels: levelsOf(column, rows, rows - count, (row) => values[from + row] !== undefined),
    ...encode(column.type, numbers.subarray(0, count), min, max),
    bounds: count === 0 ? undefined : { kind: 'numbers', min, max },
  };
}

function* pagesOf(column: Column<never>, values: readonly ColumnValue[]): Generator<RawPage, void> {
  for (let from = 0; from < values.length; from += PAGE_ROWS)
    yield pageOf(column, values, from, Math.min(values.length, from + PAGE_ROWS));
}

/** Numbers and times of one row group. */
export const numberChunk = (column: Column<never>, values: readonly ColumnValue[]): RawChunk => ({
  dictionary: undefined,
  bounds: undefined,
  pages: pagesOf(column, values),
});
