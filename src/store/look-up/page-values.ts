import { bitsAt, hybridAt, hybridRuns } from './hybrid.ts';
import type { Page } from './pages.ts';

export type DataPage = Extract<Page, { readonly kind: 'data' }>;
/** Bytes of a text, or a number; undefined in a row without a value. */
export type Cell = Buffer | number | undefined;

/** As parquet.thrift numbers physical types and encodings. */
const TYPE = { int32: 1, int64: 2, bytes: 6 } as const;
const ENCODING = { plain: 0, plainDictionary: 2, deltaBinaryPacked: 5, rleDictionary: 8 } as const;

/** Where the text that begins at `at` ends: its bytes stand behind their number. */
function endOf(values: Uint8Array, at: number): number {
  const length =
    (values[at] ?? 0) |
    ((values[at + 1] ?? 0) << 8) |
    ((values[at + 2] ?? 0) << 16) |
    ((values[at + 3] ?? 0) << 24);
  const end = at + 4 + length;
  if (length < 0 || end > values.length) throw new Error('a text reaches out of its page');
  return end;
}

/** Values that stand plainly, the ones of these numbers, ascending. */
function plainAt(type: number, values: Buffer, wanted: Iterable<number>): Cell[] {
  if (type === TYPE.int32) return Array.from(wanted, (n) => values.readInt32LE(4 * n));
  if (type === TYPE.int64)
    return Array.from(
      wanted,
      (n) => values.readUInt32LE(8 * n) + values.readInt32LE(8 * n + 4) * 4_294_967_296,
    );
  if (type !== TYPE.bytes) throw new Error(`values of the physical type ${type}`);
  let [at, n] = [0, 0];
  return Array.from(wanted, (next) => {
    for (; n < next; n++) at = endOf(values, at);
    return values.subarray(at + 4, endOf(values, at));
  });
}

/** The ids that some values of a page of words have, ascending by their numbers. */
const idsAt = ({ values }: DataPage, wanted: Iterable<number>): readonly number[] =>
  hybridAt(values, 1, values.length, values[0] ?? 0, wanted);

/** Differences of numbers (parquet-format, Encodings.md, DELTA_BINARY_PACKED), summed up as far as is asked. */
function deltasAt(values: Buffer, wanted: readonly number[]): Cell[] {
  let at = 0;
  const varint = (): number => {
    for (let [value, scale] = [0, 1]; ; scale *= 128) {
      const byte = values[at++];
      if (byte === undefined || scale > 2 ** 56) throw new Error('a page of numbers is cut short');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  // The sign is in the first bit, and doubled a number would not fit a double.
  const zigzag = (): number => {
    const first = values[at++] ?? 0;
    const size = ((first & 127) >> 1) + (first < 128 ? 0 : varint() * 64);
    return first % 2 === 1 ? -size - 1 : size;
  };
  const [block, minis, count] = [varint(), varint(), varint()];
  const perMini = block / minis;
  if (!(perMini >= 8 && block <= 65_536) || perMini % 8 !== 0)
    throw new Error('numbers in blocks of no known size');
  const sums = new Float64Array((wanted.at(-1) ?? -1) + 1);
  if (sums.length > count) throw new Error('a page of numbers is cut short');
  let value = zigzag();
  sums[0] = value;
  for (let filled = 1; filled < sums.length;) {
    const least = zigzag();
    const widths = at;
    at += minis;
    for (let mini = 0; mini < minis && filled < sums.length; mini++) {
      const width = values[widths + mini] ?? 0;
      const from = at;
      at += (perMini * width) / 8;
      if (width > 56 || at > values.length) throw new Error('a page of numbers is cut short');
      const stop = Math.min(sums.length, filled + perMini);
      if (width === 0) for (; filled < stop; filled++) sums[filled] = value += least;
      else
        for (let bit = 8 * from; filled < stop; bit += width)
          sums[filled++] = value += least + bitsAt(values, bit, width);
    }
  }
  return wanted.map((n) => sums[n]);
}

/** Which value of a page is that of each row, ascending; undefined for a row without one. */
function numbersOf({ present }: DataPage, rows: readonly number[]): readonly (number | undefined)[] {
  if (present === undefined) return rows;
  /** The first row of a run, and how many values stand before it. */
  let [at, first, before] = [0, 0, 0];
  return rows.map((row) => {
    for (let run = present[at]; run !== undefined && first + run.count <= row; run = present[++at]) {
      first += run.count;
      before += run.value * run.count;
    }
    return present[at]?.value === 1 ? before + row - first : undefined;
  });
}

/** The rows of some values of a page, ascending by their numbers. */
function rowsOf({ present }: DataPage, numbers: readonly number[]): readonly number[] {
  if (present === undefined) return numbers;
  const rows: number[] = [];
  let [first, before] = [0, 0];
  for (const { value, count } of present) {
    if (value === 1)
      for (let n = numbers[rows.length]; n !== undefined && n < before + count; n = numbers[rows.length])
        rows.push(first + n - before);
    first += count;
    before += value * count;
  }
  return rows;
}

/**
 * The cells of some rows of a page, ascending.
 *
 * @throws Error when the page is cut short, or encoded in a way that is not ours.
 */
export function cellsAt(
  page: DataPage,
  type: number,
  dictionary: Buffer | undefined,
  rows: readonly number[],
): Cell[] {
  const numbers = numbersOf(page, rows);
  const wanted = numbers.filter((n) => n !== undefined);
  const found = ((): Cell[] => {
    switch (page.encoding) {
      case ENCODING.plain:
        return plainAt(type, page.values, wanted);
      case ENCODING.deltaBinaryPacked:
        return deltasAt(page.values, wanted);
      case ENCODING.rleDictionary:
      case ENCODING.plainDictionary: {
        const words = idsAt(page, wanted);
        const distinct = [...new Set(words)].toSorted((a, b) => a - b);
        const cells = plainAt(type, dictionary ?? Buffer.alloc(0), distinct);
        const byId = new Map(distinct.map((id, i) => [id, cells[i]]));
        return words.map((id) => byId.get(id));
      }
      default:
        throw new Error(`values of encoding ${page.encoding}`);
    }
  })();
  let next = 0;
  return numbers.map((n) => (n === undefined ? undefined : found[next++]));
}

/** Which of the texts that stand plainly are this one, by their numbers. */
function* plainHolding(values: Buffer, text: Buffer): Generator<number> {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const wanted = Buffer.concat([length, text]);
  let [at, n] = [0, 0];
  for (let next = values.indexOf(wanted); next >= 0; next = values.indexOf(wanted, at)) {
    // What was found may lie across values that only look so together.
    for (; at < next; n++) at = endOf(values, at);
    if (at !== next) continue;
    yield n++;
    at = endOf(values, at);
  }
}

/** The rows of a page, from 0 on, in which a text stands. Where all stand plainly, a page is searched and not read. */
export function rowsHolding(page: DataPage, dictionary: Buffer | undefined, text: Buffer): readonly number[] {
  const numbers =
    page.encoding === ENCODING.plain
      ? [...plainHolding(page.values, text)]
      : wordsHolding(page, dictionary, text);
  return rowsOf(page, numbers);
}

function wordsHolding(page: DataPage, dictionary: Buffer | undefined, text: Buffer): readonly number[] {
  if (page.encoding !== ENCODING.rleDictionary && page.encoding !== ENCODING.plainDictionary)
    throw new Error(`texts of encoding ${page.encoding}`);
  const [id] = plainHolding(dictionary ?? Buffer.alloc(0), text);
  if (id === undefined) return [];
  const { present, rows } = page;
  const count = present === undefined ? rows : present.reduce((sum, run) => sum + run.value * run.count, 0);
  const numbers: number[] = [];
  let first = 0;
  for (const run of hybridRuns(page.values, 1, page.values.length, page.values[0] ?? 0, count)) {
    if (run.value === id) for (let n = 0; n < run.count; n++) numbers.push(first + n);
    first += run.count;
  }
  return numbers;
}
