import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../src/collect/kafka/crc32c.ts';
import { codecs, decompress } from '../../../src/collect/kafka/decompress.ts';
import { readRecordSet } from '../../../src/collect/kafka/record-set.ts';
import type { RecordSet } from '../../../src/collect/kafka/record-set.ts';
import { encodeBatch, marker } from '../../support/kafka/encode-batch.ts';
import type { NewBatch } from '../../support/kafka/encode-batch.ts';

const bodies = (...texts: readonly string[]) => texts.map((text) => ({ value: Buffer.from(text) }));
const offsetsOf = (set: RecordSet): number[] => set.records.map(({ offset }) => offset);
const bytesOf = (batches: readonly (NewBatch | Buffer)[]): Buffer =>
  Buffer.concat(batches.map((batch) => (Buffer.isBuffer(batch) ? batch : encodeBatch(batch))));

/** All pieces as one. */
function wholeSet(bytes: Buffer, from: number, aborted: Parameters<typeof readRecordSet>[2]): RecordSet {
  const pieces = [...readRecordSet(bytes, from, aborted)];
  const last = pieces.at(-1);
  if (last === undefined) throw new Error('there is always a last piece');
  expect(pieces.slice(0, -1).map(({ damaged }) => damaged)).toEqual(pieces.slice(1).map(() => undefined));
  return { ...last, records: pieces.flatMap(({ records }) => records) };
}

const read = (
  batches: readonly (NewBatch | Buffer)[],
  from = 0,
  aborted: Parameters<typeof readRecordSet>[2] = [],
) => wholeSet(bytesOf(batches), from, aborted);

test('records come out with offset, time, key and value', () => {
  const set = read(
    [
      {
        firstOffset: 7,
        timestamp: 1_700_000_000_000,
        records: [
          { value: Buffer.from('a'), key: Buffer.from('k'), headers: { trace: 'x' } },
          { value: undefined, timestampDelta: 5 },
        ],
      },
    ],
    7,
  );
  expect(
    set.records.map(({ offset, timestamp, key, value }) => [
      offset,
      timestamp,
      key?.toString(),
      value?.toString(),
    ]),
  ).toEqual([
    [7, 1_700_000_000_000, 'k', 'a'],
    [8, 1_700_000_000_005, undefined, undefined],
  ]);
  expect(set).toMatchObject({ nextOffset: 9, damaged: undefined });
});

test('CRC-32C has the value that RFC 3720 gives', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('CRC-32C by eight bytes equals CRC-32C bit by bit, wherever it starts and ends', () => {
  const plain = (bytes: Uint8Array): number => {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return ~crc >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(20), (bytes, start) => {
      expect(crc32c(bytes, start)).toBe(plain(bytes.subarray(start)));
    }),
  );
});

test('whatever a producer packs, with whichever codec, comes out the same and in order', () => {
  const record = fc.record({
    value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
    timestampDelta: fc.integer({ min: 0, max: 2 ** 40 }),
  });
  const batch = fc.record({
    codec: fc.constantFrom(...codecs),
    records: fc.array(record, { minLength: 1, maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 4 }), fc.nat(30), (batches, from) => {
      let firstOffset = 0;
      const placed = batches.map((one) => {
        const at = firstOffset;
        firstOffset += one.records.length;
        return { ...one, firstOffset: at, timestamp: 1000 };
      });
      const start = Math.min(from, firstOffset - 1);
      const set = read(placed, start);
      const expected = placed.flatMap((one) =>
        one.records.map(({ value, timestampDelta }, index) => ({
          offset: one.firstOffset + index,
          timestamp: 1000 + timestampDelta,
          key: undefined,
          value: value && Buffer.from(value),
        })),
      );
      expect(set.records).toEqual(expected.slice(start));
      expect(set.nextOffset).toBe(firstOffset);
    }),
    { numRuns: 60 },
  );
});

test('one flipped bit anywhere behind the length is noticed, and what came before is kept', () => {
  const good = encodeBatch({ firstOffset: 0, records: bodies('a', 'b') });
  const target = encodeBatch({ firstOffset: 2, records: bodies('c', 'd', 'e') });
  fc.assert(
    fc.property(fc.integer({ min: 16, max: target.length - 1 }), fc.nat(7), (at, bit) => {
      const flipped = Buffer.from(target);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      const set = read([good, flipped]);
      expect(offsetsOf(set)).toEqual([0, 1]);
      expect(set.nextOffset).toBe(2);
      expect(set.damaged?.firstOffset).toBe(2);
    }),
  );
});

test('what unpacks to far more than it came as comes in pieces of about a MiB, each saying where to go on', () => {
  const large = Buffer.alloc(300_000, 'x');
  const batches = Array.from({ length: 20 }, (_, n) => ({
    firstOffset: n * 2,
    codec: 'zstd' as const,
    records: [{ value: large }, { value: large }],
  }));
  const bytes = bytesOf(batches);
  expect(bytes.length).toBeLessThan(20_000);
  const pieces = [...readRecordSet(bytes, 3, [])];
  expect(pieces.map(({ nextOffset, records }) => [nextOffset, records.length])).toEqual([
    [8, 5],
    ...Array.from({ length: 8 }, (_, n) => [12 + n * 4, 4]),
    [40, 0],
  ]);
  expect(pieces.flatMap(offsetsOf)).toEqual(Array.from({ length: 37 }, (_, n) => n + 3));
});

test('any bytes at all are read or called damaged, never believed and never thrown over', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const set = wholeSet(Buffer.from(bytes), 5, []);
      expect(set.records).toEqual([]);
      expect(set.nextOffset).toBe(5);
      expect(set.damaged !== undefined).toBe(bytes.length > 0);
    }),
  );
});

describe('what is laid out wrongly under a right checksum is damaged:', () => {
  const sealed = (change: (bytes: Buffer) => void, batch: NewBatch = { records: bodies('abc') }): Buffer => {
    const bytes = encodeBatch(batch);
    change(bytes);
    bytes.writeUInt32BE(crc32c(bytes, 21), 17);
    return bytes;
  };
  test.each<[string, Buffer, RegExp]>([
    ['an unknown codec', sealed((bytes) => bytes.writeInt16BE(5, 21)), /codec 5/],
    ['another message format', sealed((bytes) => bytes.writeInt8(1, 16)), /format 1/],
    ['more records than there are', sealed((bytes) => bytes.writeInt32BE(9, 57)), /beyond its batch/],
    ['a record longer than its batch', sealed((bytes) => bytes.writeInt8(0x7e, 61)), /beyond its batch/],
    ['a number without an end', sealed((bytes) => bytes.fill(0xff, 61)), /beyond its batch|64 bits/],
    ['gzip that is none', sealed((bytes) => bytes.writeInt16BE(1, 21)), /header/],
    ['zstd that is none', sealed((bytes) => bytes.writeInt16BE(4, 21)), /./],
    ['snappy that is none', sealed((bytes) => bytes.writeInt16BE(2, 21)), /./],
    ['lz4 that is none', sealed((bytes) => bytes.writeInt16BE(3, 21)), /./],
  ])('%s', (_name, bytes, reason) => {
    const set = read([bytes]);
    expect(set.records).toEqual([]);
    expect(set.damaged?.reason).toMatch(reason);
  });

  test('a length shorter than a header', () => {
    const bytes = encodeBatch({ records: bodies('a') });
    bytes.writeInt32BE(3, 8);
    expect(read([bytes]).damaged?.reason).toMatch(/shorter than its own header/);
  });
});

test('snappy as Java frames it is read, block by block', () => {
  const [one, two] = [Buffer.from('first'), Buffer.from('second')];
  const block = (text: Buffer): Buffer => {
    const packed = Buffer.concat([Buffer.from([text.length, (text.length - 1) << 2]), text]);
    const length = Buffer.alloc(4);
    length.writeInt32BE(packed.length);
    return Buffer.concat([length, packed]);
  };
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect(decompress('snappy', Buffer.concat([header, block(one), block(two)])).toString()).toBe(
    'firstsecond',
  );
  expect(() => decompress('snappy', Buffer.concat([header, Buffer.from([0, 0, 1, 0])]))).toThrow(
    /beyond its batch/,
  );
});

test('the end of a fetch may cut a batch off; it is asked for again', () => {
  const cut = encodeBatch({ firstOffset: 2, records: bodies('c') }).subarray(0, 50);
  expect(read([{ records: bodies('a', 'b') }, cut])).toMatchObject({ nextOffset: 2, damaged: undefined });
  expect(read([cut], 2).damaged?.reason).toMatch(/cut off/);
});

test('compaction leaves holes that are no loss', () => {
  const set = read([
    { firstOffset: 0, lastOffsetDelta: 9, records: [{ value: Buffer.from('a'), offsetDelta: 4 }] },
    { firstOffset: 15, records: bodies('b') },
  ]);
  expect(offsetsOf(set)).toEqual([4, 15]);
  expect(set).toMatchObject({ nextOffset: 16, damaged: undefined });
});

test('an aborted transaction is left out up to its marker, and another of the same producer is not', () => {
  const inTransaction = { isTransactional: true, producerId: 1 };
  const set = read(
    [
      { ...inTransaction, firstOffset: 0, records: bodies('aborted') },
      { firstOffset: 1, records: bodies('plain') },
      { ...inTransaction, producerId: 2, firstOffset: 2, records: bodies('of another') },
      marker('abort', 3, 1),
      { ...inTransaction, firstOffset: 4, records: bodies('committed') },
      marker('commit', 5, 1),
      { ...inTransaction, firstOffset: 6, records: bodies('aborted again') },
      marker('abort', 7, 1),
    ],
    0,
    [
      { producerId: 1n, firstOffset: 6 },
      { producerId: 1n, firstOffset: 0 },
    ],
  );
  expect(set.records.map(({ value }) => value?.toString())).toEqual(['plain', 'of another', 'committed']);
  expect(set.nextOffset).toBe(8);
});

test('an aborted transaction whose marker is not in the fetch is left out all the same', () => {
  const set = read([{ isTransactional: true, producerId: 1, records: bodies('aborted') }], 0, [
    { producerId: 1n, firstOffset: 0 },
  ]);
  expect(set).toMatchObject({ records: [], nextOffset: 1 });
});

test('a topic that stamps records itself gives that time', () => {
  const set = read([
    {
      hasAppendTime: true,
      timestamp: 10,
      records: [{ value: Buffer.from('a') }, { value: Buffer.from('b'), timestampDelta: 7 }],
    },
  ]);
  expect(set.records.map(({ timestamp }) => timestamp)).toEqual([17, 17]);
  expect(read([{ timestamp: -1, records: bodies('a') }]).records[0]?.timestamp).toBeUndefined();
});
