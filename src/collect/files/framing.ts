/**
 * Cuts a byte stream of JSON into blocks that end between records, so that a file of any size passes
 * through in bounded memory. Where a block ends depends on the bytes alone, never on how they arrived.
 */

/** A run of whole records: bytes `[end - body.length, end)` of the stream. */
export interface Block {
  readonly body: Uint8Array;
  /** Offset just behind the block. */
  readonly end: number;
}

export interface FramingLimits {
  /** A block is closed at the first record end at or beyond this many bytes. */
  readonly targetBytes: number;
  /** A single value longer than this cannot be framed. */
  readonly maxValueBytes: number;
}

/** The stream holds a value that is longer than the limit, or ends inside one. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Enough of a stream to tell its form, and to hold most single messages whole. */
const HEAD_BYTES = 1 << 20;

/**
 * Frames a stream of JSON: one value, several, one a line, or one huge array or `{"records":[…]}`. Of a stream that
 * fails, the records that came whole are framed first; where it goes on another time, they are known.
 *
 * @throws FramingError when a single value is longer than `maxValueBytes`; what the stream throws.
 */
export async function* frame(
  chunks: AsyncIterable<Uint8Array>,
  limits: FramingLimits,
): AsyncGenerator<Block> {
  const source = chunks[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let next = await read(source);
  while (next.kind === 'chunk' && head.length + next.bytes.length < HEAD_BYTES) {
    head = append(head, next.bytes);
    next = await read(source);
  }
  if (next.kind === 'chunk') head = append(head, next.bytes);
  const framer = isLineDelimited(head) ? frameLines(limits) : frameValues(limits);
  yield* framer(head, next.kind);
  while (next.kind === 'chunk') {
    next = await read(source);
    yield* framer(next.kind === 'chunk' ? next.bytes : new Uint8Array(0), next.kind);
  }
  if (next.kind === 'torn') throw next.by;
}

/** What a stream gives: a chunk, its end, or the error it broke off with. */
type Read =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'torn'; readonly by: unknown };

async function read(source: AsyncIterator<Uint8Array>): Promise<Read> {
  try {
    const next = await source.next();
    return next.done === true ? { kind: 'end' } : { kind: 'chunk', bytes: next.value };
  } catch (thrown) {
    return { kind: 'torn', by: thrown };
  }
}

/** Takes the next chunk, gives the blocks that are complete: at the end all that is left, of a torn stream what is whole. */
type Framer = (chunk: Uint8Array, kind: Read['kind']) => Generator<Block>;

const append = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  a.length === 0 ? b : b.length === 0 ? a : Buffer.concat([a, b]);

/** One JSON value a line: the first line parses by itself, and there is a second. */
function isLineDelimited(head: Uint8Array): boolean {
  const lineEnd = head.indexOf(LF);
  if (lineEnd < 0 || lineEnd + 1 >= head.length) return false;
  try {
    JSON.parse(
      Buffer.from(head.subarray(0, lineEnd))
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    );
    return true;
  } catch {
    return false;
  }
}

/** Blocks of whole lines. A last line without its line feed is a line too. */
function frameLines({ targetBytes, maxValueBytes }: FramingLimits): Framer {
  let pending: Uint8Array = new Uint8Array(0);
  /** Offset in the stream of `pending[0]`. */
  let base = 0;
  return function* take(chunk, kind) {
    pending = append(pending, chunk);
    const end = kind === 'torn' ? pending.lastIndexOf(LF) + 1 : pending.length;
    let from = 0;
    while (from < end) {
      const lineEnd = pending.indexOf(LF, from + targetBytes - 1);
      if (lineEnd < 0 && kind === 'chunk') break;
      const to = lineEnd < 0 ? end : lineEnd + 1;
      yield { body: pending.subarray(from, to), end: base + to };
      from = to;
    }
    base += from;
    pending = pending.subarray(from);
    failWhenLonger(pending.length, maxValueBytes, base);
  };
}

function failWhenLonger(length: number, maxValueBytes: number, at: number): void {
  if (length > maxValueBytes) {
    throw new FramingError(
      `the value at byte ${at} is longer than ${maxValueBytes} bytes; the rest of the file was left out`,
    );
  }
}

interface ScanState {
  depth: number;
  /** Depth at which records stand: 0 in the stream itself, 1 or 2 in a container that was opened. */
  recordDepth: number;
  /** Behind the last record of an opened container, reading over its other members. */
  isAfter: boolean;
  inString: boolean;
  isEscaped: boolean;
}

/** Reads on from `from` to just behind the next closing bracket that ends a record or a container. */
function nextEnd(bytes: Uint8Array, from: number, state: ScanState): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (state.inString) {
      if (state.isEscaped) state.isEscaped = false;
      else if (byte === BACKSLASH) state.isEscaped = true;
      else if (byte === QUOTE) state.inString = false;
    } else if (byte === QUOTE) state.inString = true;
    else if (byte === 0x7b || byte === 0x5b) state.depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      state.depth--;
      if (state.depth <= state.recordDepth) return at + 1;
    }
  }
  return -1;
}

/** What stands before the first element of `[…]`, `{"records":[…]}` or `{"value":[…]}`; undefined for other values. */
function containerPrefix(head: Uint8Array): { length: number; depth: number } | undefined {
  const text = Buffer.from(head.subarray(0, 512)).toString('latin1');
  const match = /^[\s,\u00ef\u00bb\u00bf]*(?:\[|\{\s*"(?:records|value)"\s*:\s*\[)/i.exec(text);
  return match === null ? undefined : { length: match[0].length, depth: match[0].includes('{') ? 2 : 1 };
}

/** Blocks of whole values; a container of records that is longer than the head is taken apart into its elements. */
function frameValues({ targetBytes, maxValueBytes }: FramingLimits): Framer {
  const state: ScanState = { depth: 0, recordDepth: 0, isAfter: false, inString: false, isEscaped: false };
  let pending: Uint8Array = new Uint8Array(0);
  let base = 0;
  /** In `pending`: start of the block being built, end of its newest whole record, and how far was scanned. */
  let from = 0;
  let recordEnd = 0;
  let scanned = 0;

  function* close(to: number): Generator<Block> {
    let start = from;
    while (start < to && ' \n\r\t,'.includes(String.fromCharCode(pending[start] ?? 0))) start++;
    if (start < to) yield { body: pending.subarray(start, to), end: base + to };
    from = to;
    recordEnd = to;
  }

  /** Enters the long value that starts behind the newest record, when it is a container of records. */
  function* open(to: number): Generator<Block, boolean> {
    if (state.recordDepth > 0 || state.isAfter || to - recordEnd <= HEAD_BYTES) return false;
    const prefix = containerPrefix(pending.subarray(recordEnd));
    if (prefix === undefined) return false;
    yield* close(recordEnd);
    from = recordEnd = scanned = from + prefix.length;
    Object.assign(state, {
      depth: prefix.depth,
      recordDepth: prefix.depth,
      inString: false,
      isEscaped: false,
    });
    return true;
  }

  return function* take(chunk, kind) {
    pending = append(pending, chunk);
    for (;;) {
      const end = nextEnd(pending, scanned, state);
      scanned = end < 0 ? pending.length : end;
      if (yield* open(scanned)) continue;
      if (end < 0) break;
      if (state.isAfter || state.depth < state.recordDepth) {
        if (!state.isAfter) yield* close(recordEnd);
        from = recordEnd = end;
        state.isAfter = state.depth > 0;
        state.recordDepth = 0;
      } else {
        recordEnd = end;
        if (end - from >= targetBytes) yield* close(end);
      }
    }
    if (kind !== 'chunk' && !state.isAfter) yield* close(kind === 'torn' ? recordEnd : pending.length);
    base += from;
    pending = pending.subarray(from);
    recordEnd -= from;
    scanned -= from;
    from = 0;
    failWhenLonger(pending.length, maxValueBytes, base);
  };
}
