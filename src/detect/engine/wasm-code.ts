/**
 * Writes the few instructions of WebAssembly (core specification 2.0, chapter 5) that the message scan is made of. Code
 * is bytes; an operand is code that leaves a value on the stack.
 */
export type Code = readonly number[];

export type ValueType = 'i32' | 'i64' | 'v128';

const typeByte: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };

/** A number without sign, seven bits a byte. */
function unsigned(value: number): Code {
  const low = value % 128;
  const rest = Math.floor(value / 128);
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)];
}

/** A number with its sign, seven bits a byte. */
function signed(value: bigint): Code {
  const low = Number(BigInt.asUintN(7, value));
  const rest = value >> 7n;
  const isLast = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}

type Unary = (of: Code) => Code;
type Binary = (left: Code, right: Code) => Code;

const unary =
  (...instruction: Code): Unary =>
  (of) => [...of, ...instruction];
const binary =
  (...instruction: Code): Binary =>
  (left, right) => [...left, ...right, ...instruction];
/** A place in memory: an address, and how far behind it; alignment is not promised. */
const load =
  (...instruction: Code) =>
  (address: Code, offset = 0): Code => [...address, ...instruction, 0, ...unsigned(offset)];
const store =
  (...instruction: Code) =>
  (address: Code, value: Code): Code => [...address, ...value, ...instruction, 0, 0];
const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(BigInt(value))],
  load: load(0x28),
  loadByte: load(0x2d),
  loadShort: load(0x2f),
  store: store(0x36),
  storeByte: store(0x3a),
  storeShort: store(0x3b),
  add: binary(0x6a),
  sub: binary(0x6b),
  and: binary(0x71),
  shl: binary(0x74),
  shr: binary(0x76),
  not: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  lt: binary(0x49),
  le: binary(0x4d),
  low: unary(0xa7),
} as const;

export const i64 = {
  of: (value: bigint): Code => [0x42, ...signed(BigInt.asIntN(64, value))],
  load: load(0x29),
  and: binary(0x83),
  or: binary(0x84),
  mul: binary(0x7e),
  shr: binary(0x88),
  eq: binary(0x51),
} as const;

/** Sixteen bytes at once. */
export const v128 = {
  load: load(...simd(0)),
  store: store(...simd(11)),
  /** The same byte sixteen times. */
  of: (byte: number): Code => [...simd(12), ...Array.from({ length: 16 }, () => byte)],
  eq: binary(...simd(35)),
  and: binary(...simd(78)),
  or: binary(...simd(80)),
  isAny: unary(...simd(83)),
  /** A bit a byte: its highest. */
  signs: unary(...simd(100)),
} as const;

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const giveBack = (value: Code): Code => [...value, 0x0f];

const NO_VALUE = 0x40;
const END = 0x0b;
export const when = (condition: Code, ...then: readonly Code[]): Code => [
  ...condition,
  0x04,
  NO_VALUE,
  ...then.flat(),
  END,
];
export const whilst = (condition: Code, ...body: readonly Code[]): Code => [
  0x02,
  NO_VALUE,
  0x03,
  NO_VALUE,
  ...i32.not(condition),
  0x0d,
  1,
  ...body.flat(),
  0x0c,
  0,
  END,
  END,
];

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const named = (name: string, kind: number, index: number): Code => [
  ...unsigned(name.length),
  ...Buffer.from(name, 'latin1'),
  kind,
  ...unsigned(index),
];

/** `\0asm`, version 1. */
const begin: Code = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of one function, exported as `run`, which takes and gives numbers of 32 bits, and of one memory, `memory`. */
export function moduleOf(
  pages: number,
  parameters: number,
  locals: readonly ValueType[],
  body: Code,
): Uint8Array<ArrayBuffer> {
  const numbers = Array.from({ length: parameters }, () => typeByte.i32);
  const code = [...unsigned(locals.length), ...locals.flatMap((type) => [1, typeByte[type]]), ...body, END];
  return Uint8Array.from([
    ...begin,
    ...section(1, [1, 0x60, ...unsigned(parameters), ...numbers, 1, typeByte.i32]),
    ...section(3, [1, 0]),
    ...section(5, [1, 1, ...unsigned(pages), ...unsigned(pages)]),
    ...section(7, [2, ...named('memory', 2, 0), ...named('run', 0, 0)]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}
