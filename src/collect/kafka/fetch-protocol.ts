import type { Place } from './client.ts';
import type { AbortedTransaction } from './record-set.ts';

/**
 * The Fetch request and its answer, versions 4 (Kafka 0.11, Event Hubs) to 11: the newest that names topics and
 * has no compact fields. https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export const FETCH_KEY = 1;
export const OLDEST_FETCH = 4;
export const NEWEST_FETCH = 11;

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
}

export interface FetchedPartition extends Place {
  readonly errorCode: number;
  readonly highWatermark: number;
  /** Behind the last record whose transaction is decided. */
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly records: Buffer;
}

export interface FetchResponse {
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

const READ_COMMITTED = 1;
const NO_SESSION_EPOCH = -1;

/** Body of a Fetch request for committed records, without a fetch session. */
export function encodeFetch(
  version: number,
  wanted: readonly (Place & { readonly offset: number })[],
  limits: FetchLimits,
): Buffer {
  const parts: Buffer[] = [];
  const int8 = (value: number): void => void parts.push(Buffer.from([value & 255]));
  const int32 = (value: number): void => {
    const at = Buffer.allocUnsafe(4);
    at.writeInt32BE(value);
    parts.push(at);
  };
  const int64 = (value: number): void => {
    const at = Buffer.allocUnsafe(8);
    at.writeBigInt64BE(BigInt(value));
    parts.push(at);
  };
  const string = (text: string): void => {
    const bytes = Buffer.from(text);
    const at = Buffer.allocUnsafe(2);
    at.writeInt16BE(bytes.length);
    parts.push(at, bytes);
  };
  int32(-1);
  int32(limits.maxWaitMs);
  int32(1);
  int32(limits.maxBytes);
  int8(READ_COMMITTED);
  if (version >= 7) {
    int32(0);
    int32(NO_SESSION_EPOCH);
  }
  // One entry a partition, in the order given: the broker fills the answer in this order, and callers rotate it.
  int32(wanted.length);
  for (const { topic, partition, offset } of wanted) {
    string(topic);
    int32(1);
    int32(partition);
    if (version >= 9) int32(-1);
    int64(offset);
    if (version >= 5) int64(-1);
    int32(limits.maxPartitionBytes);
  }
  if (version >= 7) int32(0);
  if (version >= 11) string('');
  return Buffer.concat(parts);
}

/**
 * Reads the body of a Fetch answer. Record sets are views of `body`.
 *
 * @throws RangeError when it ends too early.
 */
export function decodeFetch(version: number, body: Buffer): FetchResponse {
  let at = 0;
  const int16 = (): number => body.readInt16BE((at += 2) - 2);
  const int32 = (): number => body.readInt32BE((at += 4) - 4);
  const int64 = (): bigint => body.readBigInt64BE((at += 8) - 8);
  const take = (length: number): Buffer => {
    if (at + length > body.length) throw new RangeError('the answer to a fetch is cut off');
    at += length;
    return body.subarray(at - length, at);
  };
  int32();
  const errorCode = version >= 7 ? int16() : 0;
  if (version >= 7) int32();
  const partitions: FetchedPartition[] = [];
  for (let topics = int32(); topics > 0; topics--) {
    const topic = take(int16()).toString();
    for (let count = int32(); count > 0; count--) {
      const partition = int32();
      const partitionError = int16();
      const highWatermark = Number(int64());
      const lastStableOffset = Number(int64());
      if (version >= 5) int64();
      const aborted: AbortedTransaction[] = [];
      for (let left = int32(); left > 0; left--) {
        const producerId = int64();
        aborted.push({ producerId, firstOffset: Number(int64()) });
      }
      if (version >= 11) int32();
      const records = take(Math.max(0, int32()));
      partitions.push({
        topic,
        partition,
        errorCode: partitionError,
        highWatermark,
        lastStableOffset,
        aborted,
        records,
      });
    }
  }
  return { errorCode, partitions };
}
