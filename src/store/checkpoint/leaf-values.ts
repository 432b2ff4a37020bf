import type { ColumnPlace } from '../look-up/footer.ts';
import { hybridRuns } from '../look-up/hybrid.ts';
import type { NumberRun } from '../look-up/hybrid.ts';
import { PAGE, readHeader } from '../look-up/pages.ts';
import type { PageHeader } from '../look-up/pages.ts';
import type { Leaf } from './leaves.ts';
import { unpackSnappy } from './snappy.ts';

export type LeafValue = string | number | boolean;

/** What a column of values holds, place by place. */
export interface LeafValues {
  /** 0 where a row begins; undefined where that is everywhere. */
  readonly repeats: readonly number[] | undefined;
  readonly levels: readonly NumberRun[];
  /** Of the places where there is one. */
  readonly values: readonly LeafValue[];
}

/** As parquet.thrift numbers physical types, encodings and codecs. */
const TYPE = { boolean: 0, int32: 1, int64: 2, bytes: 6 } as const;
const ENCODING = { plain: 0, rle: 3, rleDictionary: 8 } as const;
const CODEC = { uncompressed: 0, snappy: 1 } as const;
/** A page that claims to be larger is forged; so is one of more places than this for each byte of the file. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PER_BYTE = 64;

const widthOf = (most: number): number => 32 - Math.clz32(most);

const levelsIn = (bytes: Buffer, from: number, end: number, most: number, count: number) =>
  hybridRuns(bytes, from, end, widthOf(most), count);

/** What each number of a run stands for, one after the other. */
const spread = <T extends LeafValue>(runs: readonly NumberRun[], valueOf: (n: number) => T): T[] =>
  runs.flatMap(({ value, count }) => Array<T>(count).fill(valueOf(value)));

function plainValues(type: number, bytes: Buffer, count: number): LeafValue[] {
  if (count > 8 * bytes.length) throw new RangeError('there are fewer values than the page says');
  let at = 0;
  const next = (): LeafValue => {
    switch (type) {
      case TYPE.boolean:
        return ((bytes.readUInt8(at >> 3) >> (at++ & 7)) & 1) === 1;
      case TYPE.int32:
        return bytes.readInt32LE((at += 4) - 4);
      case TYPE.int64:
        at += 8;
        return bytes.readUInt32LE(at - 8) + bytes.readInt32LE(at - 4) * 4_294_967_296;
      case TYPE.bytes: {
        const from = at + 4;
        at = from + bytes.readUInt32LE(at);
        if (at > bytes.length) throw new RangeError('a text reaches out of its page');
        return bytes.toString('utf8', from, at);
      }
      default:
        throw new Error(`values of the physical type ${type}`);
    }
  };
  return Array.from({ length: count }, next);
}

function valuesIn(
  { type, name }: ColumnPlace,
  encoding: number,
  bytes: Buffer,
  count: number,
  dictionary: readonly LeafValue[],
): LeafValue[] {
  if (count === 0) return [];
  if (encoding === ENCODING.plain) return plainValues(type, bytes, count);
  if (encoding === ENCODING.rle && type === TYPE.boolean)
    return spread(hybridRuns(bytes, 4, bytes.length, 1, count), (bit) => bit === 1);
  if (encoding !== ENCODING.rleDictionary) throw new Error(`column ${name}: values of encoding ${encoding}`);
  return spread(hybridRuns(bytes, 1, bytes.length, bytes.readUInt8(0), count), (id) => {
    const word = dictionary[id];
    if (word === undefined) throw new RangeError(`column ${name}: there is no word ${id}`);
    return word;
  });
}

/**
 * A column of values of one row group.
 *
 * @throws Error when it is cut short, or not packed or encoded as checkpoints are.
 */
export function readLeaf(file: Buffer, place: ColumnPlace, leaf: Leaf): LeafValues {
  const { name, codec, pages } = place;
  const [levels, values]: [NumberRun[], LeafValue[]] = [[], []];
  let repeats: number[] | undefined;
  let places = 0;
  const unpacked = ({ isPacked, rawSize }: PageHeader, packed: Buffer, before: number): Buffer => {
    const size = rawSize - before;
    if (codec === CODEC.uncompressed || !isPacked) return packed;
    if (codec !== CODEC.snappy || !(size >= 0 && size <= MOST_BYTES))
      throw new Error(`column ${name}: ${size} bytes by codec ${codec}`);
    return unpackSnappy(packed, size);
  };
  let dictionary: readonly LeafValue[] = [];
  const end = pages.at + pages.length;
  if (end > file.length) throw new Error(`column ${name} is cut short`);
  for (let at = pages.at; at < end;) {
    const header = readHeader(file, at);
    at = header.at + header.size;
    if (header.size < 0 || at > end || !(header.rows >= 0 && header.rows <= MOST_PER_BYTE * file.length))
      throw new Error(`column ${name} is cut short`);
    const body = file.subarray(header.at, at);
    if (header.kind === PAGE.dictionary) {
      dictionary = plainValues(place.type, unpacked(header, body, 0), header.rows);
      continue;
    }
    if (header.kind !== PAGE.dataV2) throw new Error(`column ${name}: a page of no known kind`);
    const before = header.repeats + header.levels;
    const runs =
      leaf.levels === 0
        ? [{ value: 0, count: header.rows }]
        : levelsIn(body, header.repeats, before, leaf.levels, header.rows);
    const again = leaf.repeats === 0 ? [] : levelsIn(body, 0, header.repeats, leaf.repeats, header.rows);
    if (repeats !== undefined || again.some(({ value }) => value !== 0)) {
      repeats ??= Array<number>(places).fill(0);
      for (const { value, count } of again) for (let left = count; left > 0; left--) repeats.push(value);
    }
    places += header.rows;
    levels.push(...runs);
    const count = runs.reduce((sum, run) => sum + (run.value === leaf.levels ? run.count : 0), 0);
    if (count === 0) continue;
    const cells = unpacked(header, body.subarray(before), before);
    for (const value of valuesIn(place, header.encoding, cells, count, dictionary)) values.push(value);
  }
  return { repeats, levels, values };
}
