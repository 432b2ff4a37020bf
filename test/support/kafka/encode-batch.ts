import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createRequire } from 'node:module';
import { codecs } from '../../../src/collect/kafka/decompress.ts';
import type { Codec } from '../../../src/collect/kafka/decompress.ts';
import { crc32c } from '../../../src/collect/kafka/crc32c.ts';

const require = createRequire(import.meta.url);
const snappy = require('snappyjs') as { compress(bytes: Uint8Array): Uint8Array };
const lz4 = require('lz4js') as { compress(bytes: Uint8Array): Uint8Array };

export interface NewRecord {
  readonly value: Uint8Array | undefined;
  readonly key?: Uint8Array;
  /** (Default: its place in the batch) */
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface NewBatch {
  readonly records: readonly NewRecord[];
  readonly firstOffset?: number;
  /** (Default: the last record's) */
  readonly lastOffsetDelta?: number;
  readonly timestamp?: number;
  readonly codec?: Codec;
  readonly producerId?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly hasAppendTime?: boolean;
}

function varint(value: number): Buffer {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  const bytes: number[] = [];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

const sized = (bytes: Uint8Array | undefined): Buffer =>
  bytes === undefined ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

function encodeRecord(record: NewRecord, index: number): Buffer {
  const headers = Object.entries(record.headers ?? {});
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(record.timestampDelta ?? 0),
    varint(record.offsetDelta ?? index),
    sized(record.key),
    sized(record.value),
    varint(headers.length),
    ...headers.flatMap(([key, value]) => [sized(Buffer.from(key)), sized(Buffer.from(value))]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function pack(codec: Codec, bytes: Buffer): Uint8Array {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return gzipSync(bytes);
    case 'zstd':
      return zstdCompressSync(bytes);
    case 'snappy':
      return snappy.compress(bytes);
    case 'lz4':
      return lz4.compress(bytes);
  }
}

/** A record batch as a producer makes it, format 2. */
export function encodeBatch(batch: NewBatch): Buffer {
  const { records, codec = 'none', timestamp = 0 } = batch;
  const packed = pack(codec, Buffer.concat(records.map(encodeRecord)));
  const bytes = Buffer.alloc(61 + packed.length);
  const latest = Math.max(0, ...records.map(({ timestampDelta }) => timestampDelta ?? 0));
  bytes.writeBigInt64BE(BigInt(batch.firstOffset ?? 0), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt8(2, 16);
  const attributes =
    codecs.indexOf(codec) |
    (batch.hasAppendTime === true ? 8 : 0) |
    (batch.isTransactional === true ? 16 : 0) |
    (batch.isControl === true ? 32 : 0);
  bytes.writeInt16BE(attributes, 21);
  bytes.writeInt32BE(batch.lastOffsetDelta ?? Math.max(0, records.length - 1), 23);
  bytes.writeBigInt64BE(BigInt(timestamp), 27);
  bytes.writeBigInt64BE(BigInt(timestamp + latest), 35);
  bytes.writeBigInt64BE(BigInt(batch.producerId ?? -1), 43);
  bytes.writeInt16BE(batch.producerId === undefined ? -1 : 0, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(records.length, 57);
  bytes.set(packed, 61);
  bytes.writeUInt32BE(crc32c(bytes, 21), 17);
  return bytes;
}

/** The two kinds of end that a transaction leaves in a partition. */
export const marker = (kind: 'abort' | 'commit', firstOffset: number, producerId: number): Buffer =>
  encodeBatch({
    firstOffset,
    producerId,
    isTransactional: true,
    isControl: true,
    records: [{ key: Buffer.from([0, 0, 0, kind === 'commit' ? 1 : 0]), value: Buffer.alloc(6) }],
  });
