import { parquetMetadata } from 'hyparquet';
import type { Compressors, FileMetaData, RowGroup } from 'hyparquet';
import type { CaptureRow, ParquetReader } from '../../proof/verify-port.ts';
import { readRawColumn } from './columns.ts';
import type { RawValue } from './columns.ts';

/** Rows handed over at once: few enough that a file of any length takes little memory as objects. */
const ROWS_AT_ONCE = 4096;
/** Microseconds in a millisecond: the lake's times are of microseconds. */
const MICROS = 1000;

const bytesOf = (value: RawValue): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  throw new Error('a value is no text');
};

const numberOf = (value: RawValue): number => {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  throw new Error('a value is no number');
};

/** Texts that repeat are decoded once. */
function textReader(): (value: RawValue) => string {
  const decoder = new TextDecoder();
  let [last, lastText]: [Uint8Array | undefined, string] = [undefined, ''];
  return (value) => {
    const bytes = bytesOf(value);
    if (bytes !== last) [last, lastText] = [bytes, decoder.decode(bytes)];
    return lastText;
  };
}

/** 64 hexadecimal digits; anything else is decoded with care. */
const hexText = (value: RawValue): string => {
  const bytes = bytesOf(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
};

function metadataOf(bytes: Uint8Array): FileMetaData {
  const isWhole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  const buffer = isWhole ? bytes.buffer : bytes.slice().buffer;
  return parquetMetadata(buffer as ArrayBuffer);
}

function* rowsOf(
  bytes: Uint8Array,
  metadata: FileMetaData,
  group: RowGroup,
  compressors: Compressors,
): Generator<CaptureRow[]> {
  const column = (name: string): ArrayLike<RawValue> =>
    readRawColumn(bytes, metadata, group, name, compressors);
  const [leaf, source, stream, sequence] = [
    column('leaf'),
    column('source'),
    column('stream'),
    column('sequence'),
  ];
  const [enqueuedAt, receivedAt] = [column('enqueued_at'), column('received_at')];
  const [original, stored] = [column('original_sha256'), column('stored_sha256')];
  const [redactions, body] = [column('redactions'), column('body')];
  const [sourceText, streamText, redactionsText] = [textReader(), textReader(), textReader()];
  const rows = Number(group.num_rows);
  for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
    const some: CaptureRow[] = [];
    for (let i = from; i < Math.min(rows, from + ROWS_AT_ONCE); i++) {
      const enqueued = enqueuedAt[i];
      some.push({
        leaf: numberOf(leaf[i]),
        source: sourceText(source[i]),
        stream: streamText(stream[i]),
        sequence: numberOf(sequence[i]),
        enqueuedAt: enqueued === undefined || enqueued === null ? undefined : numberOf(enqueued) / MICROS,
        receivedAt: numberOf(receivedAt[i]) / MICROS,
        originalSha256: hexText(original[i]),
        storedSha256: hexText(stored[i]),
        redactions: redactionsText(redactions[i]),
        body: bytesOf(body[i]),
      });
    }
    yield some;
  }
}

/** Reads the lake's Parquet files for the verifier: column by column, one row group at a time. */
export const captureReader = (compressors: Compressors): ParquetReader => ({
  async *captures(bytes) {
    const metadata = metadataOf(bytes);
    for (const group of metadata.row_groups) yield* rowsOf(bytes, metadata, group, compressors);
  },
  rowCount: (bytes) => Number(metadataOf(bytes).num_rows),
});
