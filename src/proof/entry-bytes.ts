import { hash } from 'node:crypto';
import { CAPTURE_PREFIX, listedRedactions } from './entries.ts';
import { leafHashAt } from './merkle.ts';
import { addDigest, createPayloadTally, digestOfBody, mayBeEncrypted } from './payload-check.ts';
import type { PayloadKeys, PayloadTally } from './payload-check.ts';
import { MAX_ENTRY_BYTES } from './tiles.ts';
import type { CaptureWalk, RowBytes, RowText } from './verify-port.ts';

/**
 * Writes the entries of captures end to end as a bundle has them, from rows of Parquet and without a text for each. The
 * same bytes as `captureEntry`; digests of bodies are computed here and not taken from the row.
 */
export interface BundleWriter {
  /** The bytes so far. */
  readonly written: Uint8Array;
  /** Begins anew. */
  clear(): void;
  /** Encrypted bodies since it was last asked. */
  takeTally(): PayloadTally;
  /** Writes the entry of a row and puts the hash of its leaf at `at` of `hashes`; false when the row contradicts itself. */
  addRow(row: CaptureWalk, hashes: Buffer, at: number): boolean;
  /** Writes an entry as it is. */
  addEntry(entry: Uint8Array, hashes: Buffer, at: number): void;
}

const HEX = 64;
/** The fixed words, three numbers and two digests of an entry take less. */
const ROOM = 512;

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const [PREFIX, ORIGINAL, RECEIVED, NULL, END] = [
  latin1(CAPTURE_PREFIX),
  latin1(',"kind":"capture","originalSha256":"'),
  latin1('","receivedAt":'),
  latin1('null'),
  latin1('}'),
];

/** A row's text as JSON with the fixed words around it; kept, since few texts make up a column. */
function words(
  before: string,
  jsonOf: (text: string) => string,
  after: string,
): (text: RowText) => Uint8Array {
  const kept = new WeakMap<RowText, Uint8Array>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = new Uint8Array(Buffer.from(`${before}${jsonOf(text.text)}${after}`));
    kept.set(text, made);
    return made;
  };
}

/** Writes a number as JSON has it. Answers where it ends. */
function putNumber(bytes: Uint8Array, at: number, value: number): number {
  if (!(value >= 0 && Number.isSafeInteger(value))) {
    const spelt = latin1(String(value));
    bytes.set(spelt, at);
    return at + spelt.length;
  }
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  // In two halves, so that all but two divisions are of small whole numbers.
  let high = Math.floor(value / 1e8);
  let low = value - high * 1e8;
  for (let i = digits - 1; i >= 0; i--) {
    const isLow = digits - 1 - i < 8;
    const rest = isLow ? low : high;
    const next = Math.floor(rest / 10);
    bytes[at + i] = 48 + (rest - next * 10);
    if (isLow) low = next;
    else high = next;
  }
  return at + digits;
}

const latin1Of = ({ bytes, from, to }: RowBytes): string =>
  Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + from, to - from).toString('latin1');

/** @param keys open encrypted bodies; without them what the row says of these is taken for granted, and counted. */
export function createBundleWriter(keys?: PayloadKeys): BundleWriter {
  let buffer = Buffer.alloc(256 * 1024);
  let end = 0;
  const redactionsOf = words(
    ',"redactions":',
    (text) => JSON.stringify(listedRedactions(text)),
    ',"sequence":',
  );
  const sourceOf = words(',"source":', (text) => JSON.stringify(text), ',"storedSha256":"');
  const streamOf = words('","stream":', (text) => JSON.stringify(text), '');

  const reserve = (bytes: number): void => {
    if (end + bytes <= buffer.length) return;
    const larger = Buffer.alloc(2 * (end + bytes));
    larger.set(buffer.subarray(0, end));
    buffer = larger;
  };
  const put = (bytes: Uint8Array, at: number): number => {
    buffer.set(bytes, at);
    return at + bytes.length;
  };
  const close = (start: number, at: number, hashes: Buffer, hashAt: number): void => {
    // The byte before an entry is its length's; for a moment it is the zero that marks a leaf.
    buffer[start - 1] = 0;
    leafHashAt(hashes, hashAt, buffer.subarray(start - 1, at));
    const length = at - start;
    buffer[start - 2] = length >> 8;
    buffer[start - 1] = length & 255;
    end = at;
  };
  /** The row's own two digests against the one computed; puts the original's where the entry has it. */
  const putDigests = (
    original: RowBytes,
    stored: RowBytes,
    originalAt: number,
    storedAt: number,
  ): 'same' | 'original differs' | 'wrong' => {
    if (original.to - original.from !== HEX || stored.to - stored.from !== HEX) return 'wrong';
    let [isWrong, isOther] = [0, 0];
    for (let i = 0; i < HEX; i++) {
      const byte = original.bytes[original.from + i] ?? 0;
      const computed = buffer[storedAt + i] ?? 0;
      buffer[originalAt + i] = byte;
      isOther |= byte ^ computed;
      isWrong |= computed ^ (stored.bytes[stored.from + i] ?? 0);
    }
    if (isWrong !== 0) return 'wrong';
    return isOther === 0 ? 'same' : 'original differs';
  };

  let tally = createPayloadTally();
  /** The digest of a row's plain body; undefined when it does not open. */
  const digestOf = (row: CaptureWalk): string | undefined => {
    const { bytes, from, to } = row.body;
    if (!mayBeEncrypted(bytes, from)) return hash('sha256', bytes.subarray(from, to), 'hex');
    const { leaf, sequence } = row;
    const storedSha256 = latin1Of(row.storedSha256);
    const about = { leaf, sequence, stream: row.stream.text, storedSha256 };
    const digest = digestOfBody(bytes.subarray(from, to), about, keys);
    addDigest(tally, digest);
    switch (digest.kind) {
      case 'seen':
        return digest.sha256;
      case 'unseen':
        return storedSha256;
      case 'damaged':
        return undefined;
    }
  };

  return {
    takeTally() {
      const taken = tally;
      tally = createPayloadTally();
      return taken;
    },
    get written() {
      return buffer.subarray(0, end);
    },
    clear() {
      end = 0;
    },
    addRow(row, hashes, hashAt) {
      const { enqueuedAt, redactions } = row;
      const digest = digestOf(row);
      if (digest === undefined) return false;
      const [listed, source, stream] = [redactionsOf(redactions), sourceOf(row.source), streamOf(row.stream)];
      reserve(ROOM + listed.length + source.length + stream.length);
      const start = end + 2;
      let at = put(PREFIX, start);
      at = enqueuedAt === undefined ? put(NULL, at) : putNumber(buffer, at, enqueuedAt);
      const originalAt = put(ORIGINAL, at);
      at = put(RECEIVED, originalAt + HEX);
      at = putNumber(buffer, at, row.receivedAt);
      at = put(listed, at);
      at = putNumber(buffer, at, row.sequence);
      const storedAt = put(source, at);
      buffer.write(digest, storedAt, HEX, 'latin1');
      const digests = putDigests(row.originalSha256, row.storedSha256, originalAt, storedAt);
      if (digests === 'wrong' || (digests === 'original differs' && redactions.text === '')) return false;
      at = put(stream, storedAt + HEX);
      at = put(END, at);
      if (at - start > MAX_ENTRY_BYTES) return false;
      close(start, at, hashes, hashAt);
      return true;
    },
    addEntry(entry, hashes, hashAt) {
      reserve(2 + entry.length);
      close(end + 2, put(entry, end + 2), hashes, hashAt);
    },
  };
}
