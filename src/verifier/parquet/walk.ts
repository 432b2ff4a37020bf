import type { Compressors, FileMetaData } from 'hyparquet';
import type { CaptureWalk, RowBytes, RowText } from '../../proof/verify-port.ts';
import { bytesCell, longCursor, textCursor } from './cursors.ts';
import type { Cursor } from './cursors.ts';
import { columnPages } from './pages.ts';
import type { PageRoom } from './pages.ts';

/** Microseconds in a millisecond: the lake's times are of microseconds. */
const MICROS = 1000;

const nowhere: RowBytes = { bytes: new Uint8Array(), from: 0, to: 0 };
const nothing: RowText = { text: '' };

/** The columns of one row group, side by side. */
interface Columns {
  /** Rows of the group that are still to come. */
  left: number;
  readonly leaf: Cursor<number | undefined>;
  readonly sequence: Cursor<number | undefined>;
  readonly enqueuedAt: Cursor<number | undefined>;
  readonly receivedAt: Cursor<number | undefined>;
  readonly source: Cursor<RowText>;
  readonly stream: Cursor<RowText>;
  readonly redactions: Cursor<RowText>;
  readonly original: Cursor<RowBytes>;
  readonly stored: Cursor<RowBytes>;
  readonly body: Cursor<RowBytes>;
}

const whole = (value: number | undefined): number => {
  if (value === undefined) throw new Error('a number is missing');
  return value;
};

/**
 * The rows of a file of `captures`, one at a time: an object for each would cost more than hashing it.
 *
 * @param rooms memory of walks that are over, for the next ones.
 */
export function captureWalk(
  bytes: Uint8Array,
  metadata: FileMetaData,
  compressors: Compressors,
  rooms: PageRoom[],
): CaptureWalk {
  const room: PageRoom = rooms.pop() ?? new Map();
  let group = 0;
  let columns: Columns | undefined;
  let isOver = false;

  const open = (): Columns | undefined => {
    const next = metadata.row_groups[group++];
    if (next === undefined) return undefined;
    const pages = (name: string): ReturnType<typeof columnPages> =>
      columnPages(bytes, metadata, next, name, compressors, room);
    return {
      left: Number(next.num_rows),
      leaf: longCursor(pages('leaf')),
      sequence: longCursor(pages('sequence')),
      enqueuedAt: longCursor(pages('enqueued_at')),
      receivedAt: longCursor(pages('received_at')),
      source: textCursor(pages('source')),
      stream: textCursor(pages('stream')),
      redactions: textCursor(pages('redactions')),
      original: bytesCell(pages('original_sha256')),
      stored: bytesCell(pages('stored_sha256')),
      body: bytesCell(pages('body')),
    };
  };

  const walk = {
    rows: Number(metadata.num_rows),
    leaf: -1,
    sequence: 0,
    enqueuedAt: undefined as number | undefined,
    receivedAt: 0,
    source: nothing,
    stream: nothing,
    redactions: nothing,
    originalSha256: nowhere,
    storedSha256: nowhere,
    body: nowhere,
    next() {
      if (columns === undefined || columns.left === 0) columns = open();
      // A group without rows is none that our writer makes; the careful way says what is wrong.
      if (columns === undefined || columns.left === 0) {
        if (!isOver) rooms.push(room);
        isOver = true;
        return false;
      }
      columns.left--;
      const enqueued = columns.enqueuedAt();
      walk.leaf = whole(columns.leaf());
      walk.sequence = whole(columns.sequence());
      walk.enqueuedAt = enqueued === undefined ? undefined : enqueued / MICROS;
      walk.receivedAt = whole(columns.receivedAt()) / MICROS;
      walk.source = columns.source();
      walk.stream = columns.stream();
      walk.redactions = columns.redactions();
      walk.originalSha256 = columns.original();
      walk.storedSha256 = columns.stored();
      walk.body = columns.body();
      return true;
    },
  };
  return walk;
}
