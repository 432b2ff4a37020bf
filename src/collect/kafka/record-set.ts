import { describeError } from '../../lib/errors.ts';
import { batchEnd, readBatch, readRecords } from './record-batch.ts';
import type { FetchedRecord, RecordBatch } from './record-batch.ts';

/** A transaction that was given up; its records lie in the log all the same. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** A batch that arrived otherwise than the producer made it. */
export interface DamagedBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly reason: string;
}

export interface RecordSet {
  /** What a reader of committed data may see, from the asked offset on. */
  readonly records: readonly FetchedRecord[];
  /** Where to go on. Markers, aborted and compacted records lie in between and are no loss. */
  readonly nextOffset: number;
  /** The batch at `nextOffset`, when it is damaged. */
  readonly damaged: DamagedBatch | undefined;
}

/** Control records carry their type in the key: version, then 0 for an aborted and 1 for a committed transaction. */
const ABORT_MARKER = 0;

/** Batches are read together until their records hold this much. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Reads what a fetch answered with for one partition, a piece at a time: what came packed as one answer may be a hundred
 * times as large. The end may be cut off in the middle of a batch. Which transactions were aborted is decided as Kafka's
 * own consumer does: an aborted producer's batches are left out from its `firstOffset` on up to its abort marker.
 *
 * @returns the pieces, the last of which may be empty; damage is told by the last.
 */
export function* readRecordSet(
  bytes: Buffer,
  from: number,
  aborted: readonly AbortedTransaction[],
): Generator<RecordSet, void> {
  let records: FetchedRecord[] = [];
  let held = 0;
  const pending = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const givenUp = new Set<bigint>();
  let nextOffset = from;
  let at = 0;
  for (;;) {
    let batch: RecordBatch;
    try {
      const end = batchEnd(bytes, at);
      if (end === undefined) break;
      batch = readBatch(bytes.subarray(at, end));
      at = end;
      while ((pending[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= batch.lastOffset) {
        const started = pending.shift();
        if (started !== undefined) givenUp.add(started.producerId);
      }
      if (batch.lastOffset >= from) {
        if (batch.isControl) noteMarker(batch, givenUp);
        else if (!batch.isTransactional || !givenUp.has(batch.producerId))
          for (const record of readRecords(batch))
            if (record.offset >= from) {
              records.push(record);
              held += record.value?.length ?? 0;
            }
        nextOffset = batch.lastOffset + 1;
      }
    } catch (thrown) {
      yield { records, nextOffset, damaged: damageAt(bytes, at, nextOffset, describeError(thrown)) };
      return;
    }
    if (held < PIECE_BYTES) continue;
    yield { records, nextOffset, damaged: undefined };
    [records, held] = [[], 0];
  }
  const isCutBeforeAll = at === 0 && bytes.length > 0;
  const damaged = isCutBeforeAll ? damageAt(bytes, 0, from, 'the first batch is cut off') : undefined;
  yield { records, nextOffset, damaged };
}

function noteMarker(batch: RecordBatch, givenUp: Set<bigint>): void {
  for (const { key } of readRecords(batch))
    if (key !== undefined && key.length >= 4 && key.readInt16BE(2) === ABORT_MARKER)
      givenUp.delete(batch.producerId);
}

/** Which offsets are concerned: by the batch's own word, as far as that can be believed. */
function damageAt(bytes: Buffer, at: number, from: number, reason: string): DamagedBatch {
  const said = bytes.length - at >= 27 ? Number(bytes.readBigInt64BE(at)) + bytes.readInt32BE(at + 23) : from;
  return { firstOffset: from, lastOffset: Number.isSafeInteger(said) && said >= from ? said : from, reason };
}
