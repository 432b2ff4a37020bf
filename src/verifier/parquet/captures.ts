import { parquetMetadata } from 'hyparquet';
import type { Compressors, FileMetaData, RowGroup } from 'hyparquet';
import type { CaptureRow, ParquetReader } from '../../proof/verify-port.ts';
import { bytesCursor, longCursor } from './cursors.ts';
import type { Cursor } from './cursors.ts';
import { columnPages } from './pages.ts';
import type { PageRoom } from './pages.ts';
import { tableRows } from './rows.ts';
import { captureWalk } from './walk.ts';

/** Rows handed over at once: few enough that a file of any length takes little memory as objects. */
const ROWS_AT_ONCE = 512;
/** Microseconds in a millisecond: the lake's times are of microseconds. */
const MICROS = 1000;

const decoder = new TextDecoder();
const text = (bytes: Uint8Array): string => decoder.decode(bytes);
/** Digests are compared as they are spelt; bytes that are no digits make a text that equals none. */
const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length).toString('latin1');

function required(cursor: Cursor<number | undefined>): Cursor<number> {
  return () => {
    const value = cursor();
    if (value === undefined) throw new Error('a number is missing');
    return value;
  };
}

/** The length of the metadata and the file's mark stand at its end. */
const TRAILER = 8;

function metadataOf(bytes: Uint8Array): FileMetaData {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < TRAILER ? 0 : view.getUint32(bytes.length - TRAILER, true);
  // A copy of the footer alone: what is read starts where its memory starts.
  return parquetMetadata(new Uint8Array(bytes.subarray(Math.max(0, bytes.length - TRAILER - length))).buffer);
}

function* rowsOf(
  bytes: Uint8Array,
  metadata: FileMetaData,
  group: RowGroup,
  compressors: Compressors,
): Generator<CaptureRow[]> {
  const pages = (name: string): ReturnType<typeof columnPages> =>
    columnPages(bytes, metadata, group, name, compressors);
  const [leaf, sequence] = [required(longCursor(pages('leaf'))), required(longCursor(pages('sequence')))];
  const [source, stream] = [bytesCursor(pages('source'), text), bytesCursor(pages('stream'), text)];
  const [enqueuedAt, receivedAt] = [
    longCursor(pages('enqueued_at')),
    required(longCursor(pages('received_at'))),
  ];
  const original = bytesCursor(pages('original_sha256'), hex);
  const stored = bytesCursor(pages('stored_sha256'), hex);
  const redactions = bytesCursor(pages('redactions'), text);
  const body = bytesCursor(pages('body'), (value) => value);
  const rows = Number(group.num_rows);
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const some: CaptureRow[] = [];
    for (let i = from; i < Math.min(rows, from + ROWS_AT_ONCE); i++) {
      const enqueued = enqueuedAt();
      some.push({
        leaf: leaf(),
        source: source(),
        stream: stream(),
        sequence: sequence(),
        enqueuedAt: enqueued === undefined ? undefined : enqueued / MICROS,
        receivedAt: receivedAt() / MICROS,
        originalSha256: original(),
        storedSha256: stored(),
        redactions: redactions(),
        body: body(),
      });
    }
    yield some;
  }
}

/** Reads the lake's Parquet files for the verifier: all columns side by side, a page of each in memory. */
export function captureReader(compressors: Compressors): ParquetReader {
  const rooms: PageRoom[] = [];
  return {
    async *captures(bytes) {
      const metadata = metadataOf(bytes);
      for (const group of metadata.row_groups) yield* rowsOf(bytes, metadata, group, compressors);
    },
    walk: (bytes) => captureWalk(bytes, metadataOf(bytes), compressors, rooms),
    rowCount: (bytes) => Number(metadataOf(bytes).num_rows),
    rows: (bytes) => tableRows(bytes, compressors),
  };
}
