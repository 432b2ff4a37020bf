import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  NEWEST_FETCH,
  OLDEST_FETCH,
  decodeFetch,
  encodeFetch,
} from '../../../src/collect/kafka/fetch-protocol.ts';

const versions = Array.from({ length: NEWEST_FETCH - OLDEST_FETCH + 1 }, (_, n) => OLDEST_FETCH + n);

const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};

/** An answer with one partition, as each version lays it out. */
const answer = (version: number, records: Buffer): Buffer =>
  Buffer.concat([
    int32(0),
    ...(version >= 7 ? [int16(0), int32(0)] : []),
    int32(1),
    int16(1),
    Buffer.from('t'),
    int32(1),
    int32(3),
    int16(0),
    int64(100),
    int64(90),
    ...(version >= 5 ? [int64(5)] : []),
    int32(1),
    int64(77),
    int64(60),
    ...(version >= 11 ? [int32(-1)] : []),
    int32(records.length),
    records,
  ]);

test.each(versions)('version %i of an answer is read', (version) => {
  const { partitions } = decodeFetch(version, answer(version, Buffer.from('records')));
  expect(partitions).toEqual([
    {
      topic: 't',
      partition: 3,
      errorCode: 0,
      highWatermark: 100,
      lastStableOffset: 90,
      aborted: [{ producerId: 77n, firstOffset: 60 }],
      records: Buffer.from('records'),
    },
  ]);
});

test('an answer that ends too early is an error, wherever it ends', () => {
  const whole = answer(11, Buffer.from('records'));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), (end) => {
      expect(() => decodeFetch(11, whole.subarray(0, end))).toThrow(RangeError);
    }),
  );
});

test.each(versions)('version %i of a request asks for committed records only', (version) => {
  const body = encodeFetch(version, [{ topic: 't', partition: 3, offset: 2 ** 40 }], {
    maxWaitMs: 500,
    maxBytes: 1000,
    maxPartitionBytes: 100,
  });
  expect(body.readInt8(16)).toBe(1);
  expect(body.includes(int64(2 ** 40))).toBe(true);
});
