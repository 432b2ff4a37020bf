import type { Capture } from '../../domain/capture.ts';
import { HOUR_MS } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { placeAt, sequenceAt } from './blob-name.ts';
import { TAIL_BYTES, beginDay } from './lanes.ts';
import type { HourlyBlob, Lane } from './lanes.ts';
import { cutRecords, formOfHead, formOfRest } from './records.ts';
import type { Cut, Form } from './records.ts';

/** Bytes of a blob, or why there are none. */
export type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** The blob is not there any more. */
  | { readonly kind: 'gone' }
  /** The blob is not that long. */
  | { readonly kind: 'beyond' }
  /** This blob is not given out as it is now, for example because it is archived. */
  | { readonly kind: 'refused' }
  /** No answer after every attempt. */
  | { readonly kind: 'failed' };

/** `read` to the end that was listed, or as far as there is anything to read. */
export type Outcome = 'read' | 'refused' | 'failed';

export interface FollowParts {
  readonly source: string;
  readonly clock: () => number;
  readonly durableSequence: (stream: string) => Promise<number | undefined>;
  /** At most `count` bytes of the blob from `offset` on. */
  readonly read: (blob: HourlyBlob, offset: number, count: number) => Promise<Answer>;
  readonly blockBytes: number;
  readonly maxValueBytes: number;
  /** Bytes asked for at a time. (Default: 4 MiB) */
  readonly chunkBytes?: number;
  readonly settleMs: number;
  /** Records that are not there any more, or that cannot be read, in words. */
  readonly gap: (what: string) => void;
}

const CHUNK_BYTES = 4 << 20;
/** What tells a blob that came in place of another; long enough to hold the first record's time. */
const HEAD_BYTES = 64;

/**
 * Reads a blob from where its lane stands to the end that the listing showed, and moves the lane. What was half
 * written is left for the next time.
 */
export async function* follow(
  blob: HourlyBlob,
  lane: Lane,
  parts: FollowParts,
): AsyncGenerator<readonly Capture[], Outcome> {
  const { read, gap, blockBytes, maxValueBytes, chunkBytes = CHUNK_BYTES } = parts;
  if (blob.day !== lane.day) beginDay(lane, blob.day);
  let form: Form | undefined;
  let wanted = chunkBytes;
  let isReplaced = false;
  while (blob.length > 0) {
    const back = Math.min(lane.offset, lane.tail?.length ?? 1);
    const count = Math.max(0, Math.min(blob.length - lane.offset, Math.max(wanted, HEAD_BYTES)));
    const answer = await read(blob, lane.offset - back, back + count);
    switch (answer.kind) {
      case 'failed':
      case 'refused':
        return answer.kind;
      case 'gone':
        lane.isLeft = true;
        if (blob.length > lane.offset)
          gap(
            `${blob.name} was deleted before it was read: ${blob.length - lane.offset} bytes from byte ${lane.offset} on`,
          );
        return 'read';
      case 'beyond':
      case 'bytes':
    }
    const bytes = answer.kind === 'bytes' ? answer.bytes : Buffer.of();
    if (!isSameBlob(bytes, back, lane)) {
      const outcome = isReplaced ? 'failed' : await takeReplacement(blob, lane, parts);
      if (outcome !== 'replaced') return outcome;
      isReplaced = true;
      form = undefined;
      continue;
    }
    const chunk = bytes.subarray(back);
    let start = 0;
    if (lane.offset === 0) {
      const head = formOfHead(chunk);
      if (head === undefined) return end(blob, lane, chunk.length, parts);
      ({ form, start } = head);
    } else form ??= formOfRest(bytes[back - 1], chunk);
    const cut = cutRecords(chunk.subarray(start), form ?? 'lines', blockBytes);
    if (cut.taken > 0) {
      const captures = capturesOf(chunk.subarray(start), cut, lane, start, parts);
      const taken = start + cut.taken;
      lane.tail = Buffer.from(bytes.subarray(0, back + taken).subarray(-TAIL_BYTES));
      lane.offset += taken;
      wanted = chunkBytes;
      if (captures.length > 0) yield captures;
    }
    const left = cut.isClosed ? 0 : chunk.length - (cut.taken > 0 ? start + cut.taken : 0);
    if (cut.isClosed || lane.offset + left >= blob.length) return end(blob, lane, left, parts);
    if (cut.taken > 0) continue;
    if (wanted >= maxValueBytes) {
      lane.isLeft = true;
      gap(
        `${blob.name} holds a record longer than ${maxValueBytes} bytes at byte ${lane.offset}: the rest of the blob is left out`,
      );
      return 'read';
    }
    wanted = Math.min(maxValueBytes, wanted * 4);
  }
  return 'read';
}

/** True when the bytes before the lane's place are those that were read before, or after a restart could be. */
function isSameBlob(bytes: Buffer, back: number, { offset, tail }: Lane): boolean {
  if (bytes.length < back) return false;
  if (offset === 0) return true;
  return tail === undefined
    ? formOfRest(bytes[back - 1], bytes.subarray(back)) !== undefined
    : tail.equals(bytes.subarray(0, back));
}

/**
 * Another blob has come in place of the one that was read: it is read whole, in a stream of its own that its first bytes
 * name, from where that was left.
 */
async function takeReplacement(
  blob: HourlyBlob,
  lane: Lane,
  { read, gap, durableSequence }: FollowParts,
): Promise<Outcome | 'replaced'> {
  const head = await read(blob, 0, HEAD_BYTES);
  if (head.kind === 'failed' || head.kind === 'refused') return head.kind;
  // No record is that short: the new blob has only begun.
  if (head.kind !== 'bytes' || head.bytes.length < HEAD_BYTES) return 'read';
  gap(
    `${blob.name} was written anew after ${lane.offset} bytes of it were read: what else the old one held is lost, the new one is read whole`,
  );
  beginDay(lane, blob.day);
  lane.stream = `${lane.stream}#${sha256Hex(head.bytes).slice(0, 12)}`;
  const durable = await durableSequence(lane.stream);
  const place = durable === undefined ? undefined : placeAt(durable);
  if (place?.day === blob.day) lane.offset = place.offset;
  return 'replaced';
}

/** Nothing more is there now. */
function end(blob: HourlyBlob, lane: Lane, left: number, { clock, settleMs, gap }: FollowParts): Outcome {
  lane.readEtag = blob.etag;
  if (left > 0 && clock() > blob.hour + HOUR_MS + settleMs)
    gap(
      `${blob.name} ends in the middle of a record: ${left} bytes from byte ${lane.offset} on are left out`,
    );
  return 'read';
}

function capturesOf(
  chunk: Buffer,
  { spans }: Cut,
  { stream, day, offset }: Lane,
  start: number,
  { source, clock }: FollowParts,
): readonly Capture[] {
  const receivedAt = clock();
  return spans.map((span) => ({
    source,
    stream,
    sequence: sequenceAt(day, offset + start + span.end),
    enqueuedAt: undefined,
    receivedAt,
    body: chunk.subarray(span.start, span.end),
  }));
}
