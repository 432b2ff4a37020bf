import { isUtf8 } from 'node:buffer';
import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { byte, containerEnd, isBlank, recordsSpan, stringEnd } from './scan.ts';
import type { ListKey } from './scan.ts';

/** Why a piece of a message cannot be a record. */
export type EnvelopeReason = 'json_invalid' | 'not_an_object' | 'empty' | 'encoding_invalid' | 'too_deep';

/** One element of a message, in order, with the bytes it stands in. */
export type Piece =
  | { readonly kind: 'record'; readonly start: number; readonly end: number; readonly record: JsonObject }
  | {
      readonly kind: 'failure';
      readonly start: number;
      readonly end: number;
      readonly reason: EnvelopeReason;
      readonly detail: string;
    };

/** Objects nested deeper than this are refused: code that walks a record must not run out of stack. */
export const maxDepth = 100;

/** A message that is nothing but rubbish must not become a million dead letters: the rest is kept as one. */
const maxFailures = 10_000;

export function isDeeperThan(value: JsonValue | undefined, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit <= 0) return true;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) {
      if (typeof item === 'object' && isDeeperThan(item, limit - 1)) return true;
    }
    return false;
  }
  const object = value as JsonObject;
  for (const key in object) {
    const member = object[key];
    if (typeof member === 'object' && isDeeperThan(member, limit - 1)) return true;
  }
  return false;
}

const pageKeys = new Set(['value', 'nextLink', 'count', 'totalRecords']);

/**
 * The key that makes an object a mere wrapping: `records` as diagnostic settings send it, or `value` of a page as
 * Azure's APIs answer it, beside nothing but paging (`nextLink`, `@odata…`): a record may have a `value` of its own.
 */
export function listKeyOf(value: JsonValue): ListKey | undefined {
  if (!isJsonObject(value)) return undefined;
  if (Array.isArray(value['records'])) return 'records';
  if (!Array.isArray(value['value'])) return undefined;
  return Object.keys(value).every((key) => pageKeys.has(key) || key.startsWith('@odata.'))
    ? 'value'
    : undefined;
}

/**
 * Takes a message apart element by element, however it is broken: an envelope with one bad record, a slice of
 * an array, lines, values run together, a message cut short. Arrays are flattened and envelopes opened.
 * What is no JSON becomes a failure that ends where the next value plainly begins. Never throws; the time is
 * linear in the message, because the work spent on values that never close is budgeted.
 */
export function splitMessage(bytes: Buffer): readonly Piece[] {
  const pieces: Piece[] = [];
  let failures = 0;
  let scanBudget = 16 * bytes.length + 65_536;
  /** True while a value that broke off may still be going on: the loose text that follows belongs to it. */
  let isBroken = false;
  const boundary = cachedBoundary(bytes);

  const fail = (start: number, end: number, reason: EnvelopeReason, detail: string): void => {
    pieces.push({ kind: 'failure', start, end, reason, detail });
    failures++;
  };

  /** Parses one closed value; says whether it was read, so that the caller can look for another way. */
  const read = (start: number, end: number, level: number): boolean => {
    const span = bytes.subarray(start, end);
    if (!isUtf8(span)) {
      fail(start, end, 'encoding_invalid', 'bytes that are not UTF-8');
      return true;
    }
    let value: JsonValue;
    try {
      value = JSON.parse(span.toString()) as JsonValue;
    } catch {
      return false;
    }
    const key = level < 4 ? listKeyOf(value) : undefined;
    const inner = key === undefined ? undefined : recordsSpan(bytes, start, end, key);
    if (inner !== undefined) open(inner, level);
    else if (!isJsonObject(value)) fail(start, end, 'not_an_object', 'a value that is not an object');
    else if (isDeeperThan(value, maxDepth)) {
      fail(start, end, 'too_deep', `an object nested deeper than ${maxDepth} levels`);
    } else pieces.push({ kind: 'record', start, end, record: value });
    return true;
  };

  /** What stands in an envelope belongs to it, not to a value that broke off before it. */
  const open = (list: { readonly start: number; readonly end: number }, level: number): void => {
    isBroken = false;
    split(list.start, list.end, level + 1);
  };

  const split = (from: number, to: number, level: number): void => {
    let at = from;
    while (at < to) {
      const code = bytes[at];
      if (isBlank(code) || isSeparator(code)) {
        at++;
      } else if (failures >= maxFailures) {
        fail(at, to, 'json_invalid', `what follows ${maxFailures} failures in one message`);
        at = to;
      } else if (code === byte.openBrace) {
        const limit = scanBudget > 0 ? to : Math.min(to, boundary.newline(at));
        const end = containerEnd(bytes, at, limit);
        scanBudget -= (end < 0 ? ~end : end) - at;
        if (end >= 0 && read(at, end, level)) {
          isBroken = false;
          at = end;
        } else at = recover(at, end, to, level);
      } else at = loose(at, to);
    }
  };

  /** Goes on after an object that is no JSON: into its records, behind its end, or where the next value begins. */
  const recover = (at: number, end: number, to: number, level: number): number => {
    const reach = end < 0 ? ~end : end;
    const inner =
      level < 4 && scanBudget > 0 ? recordsSpan(bytes, at, end < 0 ? to : end, 'records') : undefined;
    scanBudget -= reach - at;
    if (inner !== undefined) {
      const before = pieces.length;
      open(inner, level);
      if (pieces.length > before) return end < 0 ? inner.end : end;
    }
    isBroken = end < 0;
    if (end >= 0 && endsCleanly(bytes, end, to)) {
      fail(at, end, 'json_invalid', 'brackets balance, but it is not valid JSON');
      return end;
    }
    const cut = Math.min(to, boundary.newline(at), boundary.object(at));
    fail(at, cut, 'json_invalid', 'an object that breaks off: a string or a bracket is not closed');
    return cut;
  };

  /** Anything that does not open an object: a lone string or number, or text that is no JSON at all. */
  const loose = (at: number, to: number): number => {
    const closed = bytes[at] === byte.quote ? stringEnd(bytes, at, to) : scalarEnd(bytes, at, to);
    if (!isBroken && closed > at && endsCleanly(bytes, closed, to)) {
      if (!read(at, closed, 0)) fail(at, closed, 'json_invalid', 'text that is not JSON');
      return closed;
    }
    const cut = Math.max(at + 1, Math.min(to, boundary.newline(at), boundary.opening(at)));
    const last = pieces.at(-1);
    if (isBroken && last?.kind === 'failure') {
      pieces[pieces.length - 1] = { ...last, end: cut };
    } else fail(at, cut, 'json_invalid', 'text that is not JSON');
    return cut;
  };

  split(0, bytes.length, 0);
  return pieces;
}

const isSeparator = (code: number | undefined): boolean =>
  code === byte.comma || code === byte.openBracket || code === byte.closeBracket || code === byte.closeBrace;

/** Index after a number or a word such as `null`. */
function scalarEnd(bytes: Uint8Array, start: number, to: number): number {
  let i = start;
  while (i < to && !isBlank(bytes[i]) && !isSeparator(bytes[i]) && bytes[i] !== byte.openBrace) i++;
  return i;
}

/** True when what follows is the end, or something that can stand between two values. */
function endsCleanly(bytes: Uint8Array, end: number, to: number): boolean {
  let i = end;
  while (i < to && isBlank(bytes[i])) i++;
  return i >= to || isSeparator(bytes[i]) || bytes[i] === byte.openBrace;
}

/** Next places where a new value may begin, each searched for once however often it is asked. */
function cachedBoundary(bytes: Buffer) {
  const search = (needle: string, offset: number): ((from: number) => number) => {
    let next = -1;
    return (from) => {
      if (next < from) {
        const found = bytes.indexOf(needle, from);
        next = found === -1 ? Number.POSITIVE_INFINITY : found + offset;
        // An answer right at `from` would stop the caller from moving on.
        if (next <= from) next = from + 1;
      }
      return next;
    };
  };
  const [tight, spaced] = [search('},{', 1), search('}, {', 1)];
  return {
    newline: search('\n', 0),
    object: (from: number) => Math.min(tight(from), spaced(from)),
    opening: search('{"', 0),
  };
}
