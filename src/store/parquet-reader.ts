import { zstdDecompressSync } from 'node:zlib';
import { parquetMetadata, parquetRead } from 'hyparquet';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import type { CaptureRow, ParquetReader } from '../proof/verify-port.ts';

const compressors = { ZSTD: (page: Uint8Array): Uint8Array => zstdDecompressSync(page) };

/** hyparquet wants an ArrayBuffer that starts where the file starts. */
function asFile(bytes: Uint8Array): { file: AsyncBuffer; buffer: ArrayBuffer } {
  const buffer = new Uint8Array(bytes).buffer;
  return { buffer, file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) } };
}

type Row = readonly unknown[];

/** The rows of one group, as arrays in the order of `columns`. */
async function readGroup(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly string[],
  rowStart: number,
  rowEnd: number,
): Promise<readonly Row[]> {
  let rows: readonly Row[] = [];
  await parquetRead({
    file,
    metadata,
    columns: [...columns],
    rowStart,
    rowEnd,
    compressors,
    utf8: false,
    parsers: { timestampFromMicroseconds: (micros: bigint) => Number(micros) / 1000 },
    onComplete: (read: Row[]) => {
      rows = read;
    },
  });
  return rows;
}

async function* groups(bytes: Uint8Array, columns: readonly string[]): AsyncGenerator<readonly Row[]> {
  const { file, buffer } = asFile(bytes);
  const metadata = parquetMetadata(buffer);
  let from = 0;
  for (const group of metadata.row_groups) {
    const to = from + Number(group.num_rows);
    yield await readGroup(file, metadata, columns, from, to);
    from = to;
  }
}

const captureColumns = [
  'leaf',
  'source',
  'stream',
  'sequence',
  'enqueued_at',
  'received_at',
  'original_sha256',
  'stored_sha256',
  'redactions',
  'body',
];

function captureRow(row: Row): CaptureRow {
  const [leaf, source, stream, sequence, enqueuedAt, receivedAt, original, stored, redactions, body] = row;
  return {
    leaf: Number(leaf),
    source: String(source),
    stream: String(stream),
    sequence: Number(sequence),
    enqueuedAt: enqueuedAt === undefined || enqueuedAt === null ? undefined : Number(enqueuedAt),
    receivedAt: Number(receivedAt),
    originalSha256: String(original),
    storedSha256: String(stored),
    redactions: String(redactions),
    body: body as Uint8Array,
  };
}

/** Reads the lake's Parquet files for the verifier, one row group at a time. */
export const parquetReader: ParquetReader = {
  async *captures(bytes) {
    for await (const rows of groups(bytes, captureColumns)) yield rows.map(captureRow);
  },
  rowCount: (bytes) => Number(parquetMetadata(asFile(bytes).buffer).num_rows),
};

/** The names of a file's columns, in their order. */
export const columnNames = (bytes: Uint8Array): string[] =>
  parquetMetadata(asFile(bytes).buffer)
    .schema.slice(1)
    .map(({ name }) => name);

/** Whole rows by column name, for tools and tests that rewrite a file. */
export async function readRows(bytes: Uint8Array, columns: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const group of groups(bytes, columns)) rows.push(...group);
  return rows;
}
