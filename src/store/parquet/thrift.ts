/**
 * The compact protocol of Thrift, as Parquet writes its headers and its footer in it (thrift, doc/specs/thrift-compact-protocol.md):
 * only the types that Parquet's structures use.
 */
export interface ThriftValue {
  readonly type: number;
  readonly bytes: readonly number[];
}

/** Fields by their ids, ascending; one without a value is left out. */
export type ThriftFields = readonly (readonly [id: number, value: ThriftValue | undefined])[];

const TYPE = { true: 1, false: 2, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

/** An unsigned whole number up to 2^53, seven bits a byte. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  bytes.push(left);
  return bytes;
}

/** A signed whole number within 2^53, small in either direction. In two steps: doubled it would not fit a double. */
export function zigzag(value: number): number[] {
  const [size, sign] = value < 0 ? [-(value + 1), 1] : [value, 0];
  const low = (size % 64) * 2 + sign;
  return size < 64 ? [low] : [low | 128, ...varint(Math.floor(size / 64))];
}

export const i16 = (value: number): ThriftValue => ({ type: TYPE.i16, bytes: zigzag(value) });
export const i32 = (value: number): ThriftValue => ({ type: TYPE.i32, bytes: zigzag(value) });
export const i64 = (value: number): ThriftValue => ({ type: TYPE.i64, bytes: zigzag(value) });

/** As a field: its value is in its type. */
export const bool = (value: boolean): ThriftValue => ({ type: value ? TYPE.true : TYPE.false, bytes: [] });

export function binary(value: Uint8Array | string): ThriftValue {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return { type: TYPE.binary, bytes: [...varint(bytes.length), ...bytes] };
}

export function struct(fields: ThriftFields): ThriftValue {
  const bytes: number[] = [];
  let last = 0;
  for (const [id, value] of fields) {
    if (value === undefined) continue;
    bytes.push(((id - last) << 4) | value.type);
    for (const byte of value.bytes) bytes.push(byte);
    last = id;
  }
  bytes.push(0);
  return { type: TYPE.struct, bytes };
}

const listOf = (type: number, items: readonly (readonly number[])[]): ThriftValue => {
  const bytes = items.length < 15 ? [(items.length << 4) | type] : [0xf0 | type, ...varint(items.length)];
  for (const item of items) for (const byte of item) bytes.push(byte);
  return { type: TYPE.list, bytes };
};

/** Values of one type. */
export const list = (values: readonly ThriftValue[]): ThriftValue =>
  listOf(
    values[0]?.type ?? TYPE.struct,
    values.map(({ bytes }) => bytes),
  );

/** In a list a truth is a byte of its own. */
export const bools = (values: readonly boolean[]): ThriftValue =>
  listOf(
    TYPE.true,
    values.map((value) => [value ? TYPE.true : TYPE.false]),
  );

/** A structure that stands for itself. */
export const encodeStruct = (fields: ThriftFields): Uint8Array => Uint8Array.from(struct(fields).bytes);
