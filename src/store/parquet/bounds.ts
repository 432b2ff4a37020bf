/** The least and the greatest of some values, as far as a footer tells them. */
export type Bounds =
  | { readonly kind: 'numbers'; readonly min: number; readonly max: number }
  | {
      readonly kind: 'texts';
      readonly min: Uint8Array;
      readonly isMinExact: boolean;
      /** Undefined when what is kept of it could not be told from something smaller. */
      readonly max: Uint8Array | undefined;
      readonly isMaxExact: boolean;
    };

/** Of a text no more than this is kept: an id or a digest whole, of a path enough to tell it from others. */
export const BOUND_BYTES = 64;

/** A stretch of bytes. */
export interface Span {
  bytes: Uint8Array;
  from: number;
  to: number;
}

/** Order of UTF-8 as Parquet has it: bytes without sign, a prefix first. Below 0 when a stretch comes before a span. */
export function compareSpans(bytes: Uint8Array, from: number, to: number, other: Span): number {
  const theirs = other.bytes;
  const length = Math.min(to - from, other.to - other.from);
  for (let i = 0; i < length; i++) {
    const difference = (bytes[from + i] ?? 0) - (theirs[other.from + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return to - from - (other.to - other.from);
}

const isContinuation = (byte: number | undefined): boolean => ((byte ?? 0) & 0xc0) === 0x80;

/** Where the character begins that stands at `at`. */
function characterStart(text: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && isContinuation(text[start])) start--;
  return start;
}

/** The next code point that UTF-8 can spell; undefined after the last. */
function nextCodePoint(point: number): number | undefined {
  if (point >= 0x10ffff) return undefined;
  return point + 1 === 0xd800 ? 0xe000 : point + 1;
}

/** The shortest text that is greater than all that begin with this one; undefined when there is none. */
function upperBound(prefix: Uint8Array): Uint8Array | undefined {
  for (let end = prefix.length; end > 0;) {
    const start = characterStart(prefix, end - 1);
    const next = nextCodePoint(Buffer.from(prefix.subarray(start, end)).toString().codePointAt(0) ?? 0);
    if (next !== undefined)
      return Buffer.concat([prefix.subarray(0, start), Buffer.from(String.fromCodePoint(next))]);
    end = start;
  }
  return undefined;
}

/** Bounds out of the least and the greatest text, cut between two characters where they are long. */
export function textBounds(least: Span, greatest: Span): Bounds {
  const copy = ({ bytes, from, to }: Span): Uint8Array => new Uint8Array(bytes.subarray(from, to));
  const [min, max] = [copy(least), copy(greatest)];
  const cut = (text: Uint8Array): Uint8Array => text.subarray(0, characterStart(text, BOUND_BYTES));
  const [isMinExact, isMaxExact] = [min.length <= BOUND_BYTES, max.length <= BOUND_BYTES];
  return {
    kind: 'texts',
    min: isMinExact ? min : cut(min),
    isMinExact,
    max: isMaxExact ? max : upperBound(cut(max)),
    isMaxExact,
  };
}

/** The least and the greatest of texts, met one by one. */
export interface TextRange {
  add(bytes: Uint8Array, from: number, to: number): void;
  /** Undefined when it has met none. */
  bounds(): Bounds | undefined;
}

/** The bytes that it is shown must stay as they are until `bounds` is asked. */
export function textRange(): TextRange {
  const min: Span = { bytes: new Uint8Array(), from: 0, to: 0 };
  const max: Span = { bytes: new Uint8Array(), from: 0, to: 0 };
  let isEmpty = true;
  const set = (span: Span, bytes: Uint8Array, from: number, to: number): void => {
    span.bytes = bytes;
    span.from = from;
    span.to = to;
  };
  return {
    add(bytes, from, to) {
      if (isEmpty || compareSpans(bytes, from, to, min) < 0) set(min, bytes, from, to);
      if (isEmpty || compareSpans(bytes, from, to, max) > 0) set(max, bytes, from, to);
      isEmpty = false;
    },
    bounds: () => (isEmpty ? undefined : textBounds(min, max)),
  };
}

/** The bounds of all pages of a chunk out of those of each. */
export function joinBounds(pages: readonly (Bounds | undefined)[]): Bounds | undefined {
  return pages.reduce((all, next) => {
    if (all === undefined || next === undefined) return all ?? next;
    if (all.kind === 'numbers' || next.kind === 'numbers')
      return all.kind === 'numbers' && next.kind === 'numbers'
        ? { kind: 'numbers', min: Math.min(all.min, next.min), max: Math.max(all.max, next.max) }
        : undefined;
    const isLower = Buffer.compare(next.min, all.min) < 0;
    const lower = isLower ? next : all;
    const isHigher =
      all.max !== undefined && (next.max === undefined || Buffer.compare(next.max, all.max) > 0);
    const upper = isHigher ? next : all;
    return {
      kind: 'texts',
      min: lower.min,
      isMinExact: lower.isMinExact,
      max: upper.max,
      isMaxExact: upper.isMaxExact,
    };
  }, undefined);
}
