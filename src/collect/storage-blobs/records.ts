/**
 * Two forms of blobs grow. Append blobs hold a record a line. Block blobs hold `{"records":[…]}`, and with each block
 * that is added the closing brackets move back. In both, what lies before the end of a whole record never changes.
 */
export type Form = 'lines' | 'records';

/** Bytes `[start, end)` of a chunk, whole records. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Cut {
  readonly spans: readonly Span[];
  /** Behind the last whole record; what follows is not finished, or is the end of the list. */
  readonly taken: number;
  /** True when the list of records ends behind it. */
  readonly isClosed: boolean;
}

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [BRACKET, BRACE, CLOSING_BRACKET, CLOSING_BRACE] = [0x5b, 0x7b, 0x5d, 0x7d];

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09;

const isJson = (bytes: Buffer): boolean => {
  try {
    JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
};

/** What opens a list of records, at the start of a blob. */
const opening = /^(?:\u00ef\u00bb\u00bf)?\s*\{\s*"records"\s*:\s*\[/i;
/** Enough to hold it. */
const OPENING_BYTES = 64;

/** The form of a blob by its first bytes, and where its first record may start; undefined while they are too few. */
export function formOfHead(head: Buffer): { readonly form: Form; readonly start: number } | undefined {
  const text = head.subarray(0, OPENING_BYTES).toString('latin1');
  const match = opening.exec(text);
  if (match !== null) {
    const lineEnd = head.indexOf(LF);
    // Lines that are lists of records themselves.
    if (lineEnd > 0 && isJson(head.subarray(0, lineEnd))) return { form: 'lines', start: 0 };
    return { form: 'records', start: match[0].length };
  }
  const isTooShort = head.length < OPENING_BYTES && !head.includes(LF);
  return isTooShort && !isJson(head) ? undefined : { form: 'lines', start: 0 };
}

/**
 * The form of a blob by what follows a whole record; undefined when no record can end there, so that it is another blob
 * than the one that was read before.
 *
 * @param before the byte before `rest`.
 */
export function formOfRest(before: number | undefined, rest: Buffer): Form | undefined {
  const first = rest.find((byte) => !isBlank(byte));
  if (before !== LF && before !== CLOSING_BRACE) return undefined;
  switch (first) {
    case COMMA:
    case CLOSING_BRACKET:
      return before === CLOSING_BRACE ? 'records' : undefined;
    case BRACE:
    case undefined:
      return 'lines';
    default:
      return before === LF ? 'lines' : undefined;
  }
}

/**
 * Cuts whole records off the front of a chunk that starts between records.
 *
 * @param targetBytes a span is closed at the first end of a record at or beyond so many bytes.
 */
export const cutRecords = (chunk: Buffer, form: Form, targetBytes: number): Cut =>
  form === 'lines' ? cutLines(chunk, targetBytes) : cutList(chunk, targetBytes);

function cutLines(chunk: Buffer, targetBytes: number): Cut {
  // A record that has no line feed yet may be all that its writer will ever write.
  const lastLine = chunk.lastIndexOf(LF) + 1;
  const isLastWhole = chunk[lastLine] === BRACE && isJson(chunk.subarray(lastLine));
  const taken = isLastWhole ? chunk.length : lastLine;
  const spans: Span[] = [];
  for (let start = 0; start < taken;) {
    const lineEnd = chunk.indexOf(LF, start + targetBytes - 1);
    const end = lineEnd < 0 || lineEnd >= taken ? taken : lineEnd + 1;
    // A line feed may come after its record was taken.
    if (!chunk.subarray(start, end).every(isBlank)) spans.push({ start, end });
    start = end;
  }
  return { spans, taken, isClosed: false };
}

function cutList(chunk: Buffer, targetBytes: number): Cut {
  const spans: Span[] = [];
  let depth = 0;
  let inString = false;
  /** Of the span that is being built: its first byte, and behind its newest whole record. */
  let start = -1;
  let taken = 0;
  let isClosed = false;
  for (let at = 0; at < chunk.length; at++) {
    const byte = chunk[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    if (start < 0 && !isBlank(byte) && byte !== COMMA) start = at;
    if (byte === QUOTE) inString = true;
    else if (byte === BRACE || byte === BRACKET) depth++;
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
      if (depth === 0) {
        isClosed = true;
        break;
      }
      if (--depth > 0) continue;
      taken = at + 1;
      if (taken - start < targetBytes) continue;
      spans.push({ start, end: taken });
      start = -1;
    }
  }
  const last = spans.at(-1)?.end ?? 0;
  if (taken > last && start >= 0) spans.push({ start, end: taken });
  return { spans, taken, isClosed };
}
