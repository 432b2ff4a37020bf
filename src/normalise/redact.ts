import { asUtf8 } from './envelope.ts';
import {
  endsWithName,
  memberValue,
  placeholder,
  skipBlanks,
  tokenEnd,
  userinfoPassword,
  valueEnd,
} from './secrets.ts';
import type { SecretSpan } from './secrets.ts';

export interface Redacted {
  /** The very array that was given when nothing had to be cut out. */
  readonly body: Uint8Array;
  /** `kind@offset` for each secret, the offset in the message as received (after UTF-16 was made UTF-8). */
  readonly redactions: readonly string[];
}

type Span = { readonly start: number; readonly end: number };
type Finder = (bytes: Buffer, at: number) => (Span & { readonly kind: string }) | undefined;

/** Names before `=` in query strings, forms and connection strings. */
const assigned: readonly (readonly [name: string, kind: string])[] = [
  ['sig', 'sas-signature'],
  ['accountkey', 'storage-key'],
  ['sharedaccesskey', 'shared-access-key'],
  ['client_secret', 'client-secret'],
  ['clientsecret', 'client-secret'],
  ['client_assertion', 'token'],
  ['access_token', 'token'],
  ['refresh_token', 'token'],
  ['id_token', 'token'],
  ['api-key', 'api-key'],
  ['api_key', 'api-key'],
  ['apikey', 'api-key'],
  ['subscription-key', 'api-key'],
  ['password', 'password'],
  ['pwd', 'password'],
];

/** JSON members and headers whose value is a secret. `"key"` alone is none: Entra lists details as key and value. */
const members: readonly (readonly [name: string, kind: string])[] = [
  ['api-key', 'api-key'],
  ['api_key', 'api-key'],
  ['apikey', 'api-key'],
  ['subscription-key', 'api-key'],
  ['accountkey', 'storage-key'],
  ['accesskey', 'shared-access-key'],
  ['functions-key', 'api-key'],
  ['client_secret', 'client-secret'],
  ['clientsecret', 'client-secret'],
  ['password', 'password'],
  ['access_token', 'token'],
  ['refresh_token', 'token'],
  ['id_token', 'token'],
];

const named = (
  table: readonly (readonly [string, string])[],
  bytes: Buffer,
  nameEnd: number,
): string | undefined => table.find(([name]) => endsWithName(bytes, nameEnd, name))?.[1];

/** `sig` must be a name of its own: after a letter it is the end of another, unless the letter is of `%3F` or `%253F`. */
function isOwnName(bytes: Buffer, nameEnd: number): boolean {
  const before = bytes.toString('latin1', Math.max(0, nameEnd - 15), nameEnd - 3);
  return !/[A-Za-z_]$/.test(before) || /%(?:25)*[0-9A-Fa-f]{2}$/.test(before);
}

const assignment =
  (nameEnd: number, start: number, isEncoded: boolean) =>
  (bytes: Buffer): (Span & { readonly kind: string }) | undefined => {
    const kind = named(assigned, bytes, nameEnd);
    if (kind === undefined || (kind === 'sas-signature' && !isOwnName(bytes, nameEnd))) return undefined;
    return { kind, start, end: valueEnd(bytes, start, isEncoded) };
  };

const afterEquals: Finder = (bytes, at) => assignment(at, at + 1, false)(bytes);

/** `%3D` or, encoded once more, `%253D`. */
const afterPercent: Finder = (bytes, at) => {
  const next = bytes[at + 1];
  if (next !== 0x33 && next !== 0x32) return undefined;
  const escape = /^%(?:25)*3[dD]/.exec(bytes.toString('latin1', at, at + 12))?.[0];
  return escape === undefined ? undefined : assignment(at, at + escape.length, true)(bytes);
};

/** An equals sign that a JSON writer escaped for HTML. */
const afterEscape: Finder = (bytes, at) => {
  if (!/^\\u003[dD]/.test(bytes.toString('latin1', at, at + 6))) return undefined;
  let nameEnd = at;
  while (bytes[nameEnd - 1] === 0x5c) nameEnd--;
  return assignment(nameEnd, at + 6, false)(bytes);
};

const member =
  (nameLength: number): Finder =>
  (bytes, at) => {
    const nameEnd = at + nameLength;
    const next = bytes[nameEnd];
    if (next !== 0x22 && next !== 0x5c && next !== 0x3a) return undefined;
    const kind = named(members, bytes, nameEnd);
    if (kind === undefined) return undefined;
    const value = memberValue(bytes, nameEnd) ?? headerValue(bytes, nameEnd);
    return value && { kind, ...value };
  };

/** `api-key: value` in a header that was logged as text. */
function headerValue(bytes: Buffer, nameEnd: number): Span | undefined {
  if (bytes[nameEnd] !== 0x3a) return undefined;
  const start = skipBlanks(bytes, nameEnd + 1);
  return { start, end: valueEnd(bytes, start, false) };
}

const bearer: Finder = (bytes, at) => {
  const gap = /^(?: +|%20|\+)/.exec(bytes.toString('latin1', at + 6, at + 12))?.[0];
  if (gap === undefined) return undefined;
  const start = at + 6 + gap.length;
  const end = valueEnd(bytes, start, true);
  return end - start < 20 ? undefined : { kind: 'bearer-token', start, end };
};

const jsonWebToken: Finder = (bytes, at) => {
  if (bytes[at - 1] !== 0x79 || bytes[at - 2] !== 0x65) return undefined;
  const end = tokenEnd(bytes, at - 2);
  return end === undefined ? undefined : { kind: 'jwt', start: at - 2, end };
};

const userinfo: Finder = (bytes, at) => {
  const span = userinfoPassword(bytes, at);
  return span && { kind: 'userinfo-password', ...span };
};

/** From the end of `-----BEGIN … PRIVATE KEY-----` to its counterpart, or to the end of the text it stands in. */
const privateKey: Finder = (bytes, at) => {
  if (!endsWithName(bytes, at, 'private ke')) return undefined;
  const opening = bytes.toString('latin1', Math.max(0, at - 40), at);
  if (!/-----BEGIN [A-Z ]*$/.test(opening)) return undefined;
  const start = at + 6;
  const closing = bytes.indexOf('-----END', start);
  let quote = bytes.indexOf('"', start);
  while (bytes[quote - 1] === 0x5c) quote--;
  const stops = [closing, quote].filter((index) => index >= start);
  return { kind: 'private-key', start, end: stops.length === 0 ? bytes.length : Math.min(...stops) };
};

/**
 * What is searched for. Each needle begins with a byte that is rare in Azure's logs, because the native search
 * hops from one such byte to the next: a body without secrets is then passed over at memory speed.
 */
const anchors: readonly (readonly [needle: Buffer, find: Finder])[] = [
  ['=', afterEquals],
  ['%', afterPercent],
  ['\\u003', afterEscape],
  ['J', jsonWebToken],
  ['@', userinfo],
  ['Bearer', bearer],
  ['bearer', bearer],
  ['Y-----', privateKey],
  ...['key', 'Key', 'KEY', '_secret', 'Secret', 'word', '_token'].map(
    (name) => [name, member(name.length)] as const,
  ),
].map(([needle, find]) => [Buffer.from(needle as string), find as Finder]);

/**
 * Cuts the secrets out of a message before anything of it is stored: SAS signatures, account and access keys,
 * tokens, client secrets, passwords, API keys, private keys. Valid JSON stays valid JSON. Redacting what was
 * redacted changes nothing. Never throws.
 */
export function redact(body: Uint8Array): Redacted {
  const bytes = asUtf8(body);
  let spans = merged(findSecrets(bytes));
  if (spans.length === 0) return { body, redactions: [] };
  let cut = withoutSpans(bytes, spans);
  // What is left beside a placeholder may make up a secret by itself, so look until nothing more is found.
  for (let round = 0; round < maxRounds; round++) {
    const more = findSecrets(cut);
    if (more.length === 0) break;
    spans = merged([...spans, ...more.map((span) => inOriginal(span, spans))]);
    cut = withoutSpans(bytes, spans);
  }
  return { body: cut, redactions: spans.map(({ kind, start }) => `${kind}@${start}`) };
}

/** Each round takes in more of the message, and two are enough in all but made-up cases. */
const maxRounds = 16;

const mark = Buffer.from(placeholder);

function withoutSpans(bytes: Buffer, spans: readonly SecretSpan[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(bytes.subarray(from, start), mark);
    from = end;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

/** A span of the cut message as one of the message before; one that touches a placeholder takes in what it stands for. */
function inOriginal(span: SecretSpan, cuts: readonly SecretSpan[]): SecretSpan {
  let [start, end] = [span.start, span.end];
  for (const cut of cuts) {
    // With every cut before it undone, a placeholder stands where its cut began.
    const after = cut.start + placeholder.length;
    const grown = cut.end - after;
    if (start >= after) start += grown;
    else if (start > cut.start) start = cut.start;
    if (end >= after) end += grown;
    else if (end > cut.start) end = cut.end;
  }
  return { kind: span.kind, start, end };
}

function findSecrets(bytes: Buffer): readonly SecretSpan[] {
  const found: SecretSpan[] = [];
  for (const [needle, find] of anchors) {
    let at = nextIndex(bytes, needle, 0);
    while (at !== -1) {
      const span = find(bytes, at);
      if (span !== undefined && isSecret(bytes, span)) found.push(span);
      at = nextIndex(bytes, needle, at + 1);
    }
  }
  return found;
}

/** A single byte is searched for as a number: that form is plain memchr. */
const nextIndex = (bytes: Buffer, needle: Buffer, from: number): number =>
  needle.length === 1 ? bytes.indexOf(needle[0] ?? 0, from) : bytes.indexOf(needle, from);

/** Nothing to cut where the value is empty, masked already, or our own placeholder. */
function isSecret(bytes: Buffer, { start, end }: Span): boolean {
  if (end <= start) return false;
  if (end - start === placeholder.length && bytes.toString('latin1', start, end) === placeholder)
    return false;
  for (let i = start; i < end; i++) if (bytes[i] !== 0x2a) return true;
  return false;
}

/** In order, overlapping and adjoining ones as one. */
function merged(found: readonly SecretSpan[]): readonly SecretSpan[] {
  if (found.length < 2) return found;
  const spans: SecretSpan[] = [];
  for (const span of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = spans.at(-1);
    if (last !== undefined && span.start <= last.end) {
      spans[spans.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    } else spans.push(span);
  }
  return spans;
}
