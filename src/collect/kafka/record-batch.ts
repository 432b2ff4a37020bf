import { crc32c } from './crc32c.ts';
import { codecs, decompress } from './decompress.ts';

/**
 * One record batch, format 2 (the only one that Kafka 4 knows and that Fetch from version 4 on answers with):
 * https://kafka.apache.org/documentation/#recordbatch
 */
export interface RecordBatch {
  readonly firstOffset: number;
  /** Stays what it was when compaction takes records away. */
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly isTransactional: boolean;
  /** A marker of the transaction protocol, not data. */
  readonly isControl: boolean;
  /** When the producer made it or, on topics with LogAppendTime, when the broker took it in; epoch ms. */
  readonly maxTimestamp: number;
  readonly attributes: number;
  readonly bytes: Buffer;
}

export interface FetchedRecord {
  readonly offset: number;
  /** Epoch ms; undefined when the producer gave none. */
  readonly timestamp: number | undefined;
  readonly key: Buffer | undefined;
  /** Undefined is a tombstone: the key's earlier records are deleted. */
  readonly value: Buffer | undefined;
}

const LENGTH_AT = 8;
/** Offset and length stand before what the length counts. */
const PREFIX = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const CRC_FROM = 21;
const HEADER = 61;
const CODEC_MASK = 0x07;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const int64 = (bytes: Buffer, at: number): number =>
  bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

/** Bytes of the batch that starts at `at`; undefined when it is cut off there, as the end of a fetch may be. */
export function batchEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < PREFIX) return undefined;
  const length = bytes.readInt32BE(at + LENGTH_AT);
  if (length < HEADER - PREFIX)
    throw new RangeError(`a batch of ${length} bytes is shorter than its own header`);
  const end = at + PREFIX + length;
  return end > bytes.length ? undefined : end;
}

/**
 * Reads the header of a batch, after its CRC-32C has been checked: nothing in it is believed before.
 *
 * @throws RangeError when the checksum differs or the format is not 2.
 */
export function readBatch(bytes: Buffer): RecordBatch {
  const magic = bytes.readInt8(MAGIC_AT);
  if (magic !== 2)
    throw new RangeError(`message format ${magic} is not supported; brokers convert to format 2`);
  const said = bytes.readUInt32BE(CRC_AT);
  const computed = crc32c(bytes, CRC_FROM);
  if (said !== computed)
    throw new RangeError(`CRC-32C is ${computed.toString(16)}, and the batch says ${said.toString(16)}`);
  const firstOffset = int64(bytes, 0);
  const attributes = bytes.readInt16BE(CRC_FROM);
  return {
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(23),
    maxTimestamp: int64(bytes, 35),
    producerId: bytes.readBigInt64BE(43),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    attributes,
    bytes,
  };
}

/**
 * Records of a batch, in order. Values are views of `batch.bytes` where nothing had to be unpacked.
 *
 * @throws Error when they are packed or laid out otherwise than the header says.
 */
export function readRecords(batch: RecordBatch): FetchedRecord[] {
  const { bytes, attributes, firstOffset } = batch;
  const codec = codecs[attributes & CODEC_MASK];
  if (codec === undefined) throw new RangeError(`codec ${attributes & CODEC_MASK} is not known`);
  const count = bytes.readInt32BE(57);
  const baseTimestamp = int64(bytes, 27);
  const hasAppendTime = (attributes & LOG_APPEND_TIME) !== 0;
  const packed = bytes.subarray(HEADER);
  const cursor = createCursor(decompress(codec, packed));
  const records: FetchedRecord[] = [];
  for (let number = 0; number < count; number++) {
    const length = cursor.varint();
    const end = cursor.position + length;
    cursor.skip(1);
    const timestampDelta = cursor.varint();
    const offset = firstOffset + cursor.varint();
    const key = cursor.bytes();
    const value = cursor.bytes();
    const timestamp = hasAppendTime ? batch.maxTimestamp : baseTimestamp + timestampDelta;
    cursor.moveTo(end);
    records.push({ offset, timestamp: timestamp < 0 ? undefined : timestamp, key, value });
  }
  return records;
}

interface Cursor {
  readonly position: number;
  skip(bytes: number): void;
  /** Leaves out what lies before `position`: the headers of a record. */
  moveTo(position: number): void;
  /** A zigzag number of up to 64 bits; exact up to 2^53. */
  varint(): number;
  bytes(): Buffer | undefined;
}

function createCursor(buffer: Buffer): Cursor {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = buffer[at++];
      if (byte === undefined) throw new RangeError('a record reaches beyond its batch');
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
      if (scale > 2 ** 63) throw new RangeError('a number of more than 64 bits');
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const moveTo = (position: number): void => {
    if (position < at || position > buffer.length) throw new RangeError('a record reaches beyond its batch');
    at = position;
  };
  return {
    get position() {
      return at;
    },
    skip: (bytes) => moveTo(at + bytes),
    moveTo,
    varint,
    bytes() {
      const length = varint();
      if (length < 0) return undefined;
      const start = at;
      moveTo(at + length);
      return buffer.subarray(start, at);
    },
  };
}
