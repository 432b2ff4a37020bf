import { isUtf8, transcode } from 'node:buffer';
import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { isDeeperThan, listKeyOf, maxDepth, splitMessage } from './split.ts';
import type { EnvelopeReason } from './split.ts';

/** One element of a message that is no record. */
export interface EnvelopeFailure {
  /** Its place among the elements of the message, records counted too. */
  readonly index: number;
  readonly reason: EnvelopeReason;
  /** What was wrong, in our own words: a parser's message would quote the data. */
  readonly detail: string;
  readonly bytes: Uint8Array;
}

export interface Envelope {
  readonly records: readonly JsonObject[];
  readonly failures: readonly EnvelopeFailure[];
}

/**
 * Reads the records out of a message, in whatever wrapping it comes: `{"records":[…]}` as diagnostic settings
 * send it, `{"value":[…],"nextLink":…}` as a page of an API, a bare array or object, one object a line, values run together, a slice of an array; UTF-8 with or
 * without byte order mark, UTF-16 with one. A bad element becomes a failure and costs its neighbours nothing.
 * Never throws.
 */
export function readEnvelope(body: Uint8Array): Envelope {
  const bytes = asUtf8(body);
  const records = readWhole(bytes);
  if (records !== undefined) return { records, failures: [] };
  const pieces = splitMessage(bytes);
  const failures: EnvelopeFailure[] = [];
  const found: JsonObject[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'record') found.push(piece.record);
    else {
      const { reason, start, end } = piece;
      const detail = `${piece.detail} (${end - start} bytes from offset ${start})`;
      failures.push({ index, reason, detail, bytes: bytes.subarray(start, end) });
    }
  }
  if (pieces.length === 0 && !isHollow(bytes)) failures.push(wholeFailure(bytes));
  return { records: found, failures };
}

/** The bytes of every element of a message, records and failures, in order. */
export function elementBytes(body: Uint8Array): readonly Uint8Array[] {
  const bytes = asUtf8(body);
  return splitMessage(bytes).map(({ start, end }) => bytes.subarray(start, end));
}

/** The message as UTF-8 without byte order mark or the NULs some senders pad with; a view when nothing changes. */
export function asUtf8(body: Uint8Array): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return transcode(evenly(bytes), 'utf16le', 'utf8');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return transcode(Buffer.from(evenly(bytes)).swap16(), 'utf16le', 'utf8');
  }
  let start = 0;
  let end = bytes.length;
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3;
  while (end > start && bytes[end - 1] === 0) end--;
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}

/** UTF-16 text without its byte order mark and without a last odd byte. */
const evenly = (bytes: Buffer): Buffer => bytes.subarray(2, bytes.length - (bytes.length % 2));

/** The common path: one parse of the whole text, or one a line. Undefined when anything at all is unusual. */
function readWhole(bytes: Buffer): readonly JsonObject[] | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  try {
    return plainRecords(JSON.parse(text) as JsonValue);
  } catch {
    return text.includes('\n') ? readLines(text) : undefined;
  }
}

function readLines(text: string): readonly JsonObject[] | undefined {
  const records: JsonObject[] = [];
  try {
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const value = JSON.parse(line) as JsonValue;
      if (!isPlainRecord(value)) return undefined;
      records.push(value);
    }
  } catch {
    return undefined;
  }
  return records.length === 0 ? undefined : records;
}

function plainRecords(value: JsonValue): readonly JsonObject[] | undefined {
  if (isPlainRecord(value)) return [value];
  const key = listKeyOf(value);
  const list = key === undefined || !isJsonObject(value) ? value : value[key];
  if (!Array.isArray(list)) return undefined;
  const records = list as readonly JsonObject[];
  return records.every(isPlainRecord) ? records : undefined;
}

const isPlainRecord = (value: JsonValue): value is JsonObject =>
  isJsonObject(value) && listKeyOf(value) === undefined && !isDeeperThan(value, maxDepth);

/** True for a well-formed message that holds nothing, such as `{"records":[]}`: nothing is lost by it. */
function isHollow(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

function wholeFailure(bytes: Buffer): EnvelopeFailure {
  const isEmpty = bytes.every((code) => code <= 0x20);
  return {
    index: 0,
    reason: isEmpty ? 'empty' : 'json_invalid',
    detail: isEmpty ? 'a message without content' : `no value in ${bytes.length} bytes`,
    bytes,
  };
}
