import { captureId } from '../domain/capture.ts';
import { tables } from '../domain/tables.ts';
import type { TableName } from '../domain/tables.ts';
import type { JsonMap } from '../proof/canonical.ts';
import type { CaptureFacts } from '../proof/entries.ts';
import { mayHoldLeaf } from '../proof/evidence.ts';
import type { LiveSegment } from '../proof/evidence.ts';
import type { CaptureRow } from '../proof/verify-port.ts';
import type { Files } from '../store/files.ts';
import { keyFilters } from '../store/look-up/key-filters.ts';
import { findRows } from '../store/look-up/rows-in-file.ts';
import type { FoundRow } from '../store/look-up/rows-in-file.ts';
import { liveFile } from '../store/live-file.ts';
import type { LiveFile } from '../store/snapshot.ts';
import type { QueryRow } from '../store/statement.ts';

/** A row of a table, and where it stands. */
export interface Standing {
  readonly segment: LiveSegment;
  /** Counts from 0. */
  readonly row: number;
  readonly values: JsonMap;
}

/** A value as the verifier's reader gives it; undefined for none. */
function jsonOf(value: unknown): JsonMap[string] {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'bigint') return Number(value);
  // A mark of byte order at the beginning of a text is none of its signs.
  if (typeof value === 'string') return value.replace(/^\uFEFF/, '');
  return typeof value === 'number' ? value : undefined;
}

/** A row in the order of its table's columns, without those that have no value. */
const asJson = (table: TableName, values: QueryRow): JsonMap =>
  Object.fromEntries(
    tables[table].columns.flatMap(({ name }) => {
      const value = jsonOf(values[name]);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );

const numberOf = (value: unknown): number => Number(value instanceof Date ? value.getTime() : value);

/** Finds single rows in the files of a lake without reading the others. */
export function singleRows(files: Files, segments: readonly LiveSegment[]) {
  const thatMayHold = keyFilters(files);
  /** Rows of a table that have a text in a column, oldest file first. */
  async function* found(
    table: TableName,
    column: string,
    text: string,
    mayHold: (segment: LiveSegment) => boolean,
  ): AsyncGenerator<FoundRow & { readonly segment: LiveSegment }> {
    const some = new Map<LiveFile, LiveSegment>();
    for (const segment of segments)
      if (segment.table === table && mayHold(segment)) some.set(liveFile(table, segment.add), segment);
    for await (const file of thatMayHold(table, [...some.keys()], column, text)) {
      const segment = some.get(file);
      if (segment === undefined) continue;
      for (const row of await findRows(files, table, file, column, text)) yield { ...row, segment };
    }
  }

  /** The same, as the verifier's reader gives them. */
  async function* rowsWith(
    table: TableName,
    column: string,
    text: string,
    mayHold: (segment: LiveSegment) => boolean = () => true,
  ): AsyncGenerator<Standing> {
    for await (const { segment, row, values } of found(table, column, text, mayHold))
      yield { segment, row, values: asJson(table, values) };
  }

  /** Captures of a stream and sequence, with their bytes: there is one. */
  async function* captures({ stream, sequence }: CaptureFacts, leaf: number): AsyncGenerator<CaptureRow> {
    const id = captureId({ stream, sequence });
    for await (const { values } of found('captures', 'id', id, (segment) => mayHoldLeaf(segment, leaf))) {
      const { enqueued_at: enqueuedAt, body } = values;
      yield {
        leaf: Number(values['leaf']),
        source: String(values['source']),
        stream: String(values['stream']),
        sequence: Number(values['sequence']),
        enqueuedAt: enqueuedAt === null ? undefined : numberOf(enqueuedAt),
        receivedAt: numberOf(values['received_at']),
        originalSha256: String(values['original_sha256']),
        storedSha256: String(values['stored_sha256']),
        redactions: String(values['redactions']),
        body: body instanceof Uint8Array ? body : new Uint8Array(),
      };
    }
  }

  return { rowsWith, captures };
}
