import { hash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { captureEntry } from '../../src/proof/entries.ts';
import type { CaptureFacts } from '../../src/proof/entries.ts';
import { createBundleWriter } from '../../src/proof/entry-bytes.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import { encodeBundle } from '../../src/proof/tiles.ts';
import type { CaptureWalk, RowBytes, RowText } from '../../src/proof/verify-port.ts';

const digest = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
const cell = (content: Uint8Array | string): RowBytes => {
  const bytes = Buffer.concat([Buffer.from('before'), Buffer.from(content), Buffer.from('after')]);
  return { bytes, from: 6, to: bytes.length - 5 };
};
const word = (text: string): RowText => ({ text });

type Facts = Omit<CaptureFacts, 'storedSha256'> & { readonly body: Uint8Array };
const row = (facts: Facts, storedSha256 = digest(facts.body)): CaptureWalk => ({
  ...facts,
  leaf: 0,
  rows: 1,
  next: () => true,
  source: word(facts.source),
  stream: word(facts.stream),
  redactions: word(facts.redactions),
  originalSha256: cell(facts.originalSha256),
  storedSha256: cell(storedSha256),
  body: cell(facts.body),
});

const body = Buffer.from('{"records":[]}');
const facts: Facts = {
  source: 'openai-logs',
  stream: 'openai-logs/0',
  sequence: 42,
  enqueuedAt: 1_772_409_600_123,
  receivedAt: 1_772_409_600_456,
  originalSha256: digest(body),
  redactions: '',
  body,
};

test('rows become the bytes of a bundle and the hashes of its tile', () => {
  const writer = createBundleWriter();
  const hashes = Buffer.alloc(64);
  const second = { ...facts, sequence: 43, enqueuedAt: undefined };
  expect(writer.addRow(row(facts), hashes, 0)).toBe(true);
  expect(writer.addRow(row(second), hashes, 32)).toBe(true);
  const entries = [facts, second].map((one) =>
    Buffer.from(captureEntry({ ...one, storedSha256: digest(body) })),
  );
  expect(Buffer.from(writer.written)).toEqual(encodeBundle(entries));
  expect(hashes).toEqual(Buffer.concat(entries.map(leafHash)));
});

test('any row gives the same bytes as its text', () => {
  const time = fc.oneof(fc.maxSafeInteger(), fc.double(), fc.nat(), fc.constantFrom(0, 9, 10, 1e8, 1e15 + 1));
  const writer = createBundleWriter();
  fc.assert(
    fc.property(
      fc.record({
        source: fc.string({ unit: 'binary' }),
        stream: fc.string({ unit: 'grapheme' }),
        sequence: time,
        enqueuedAt: fc.option(time, { nil: undefined }),
        receivedAt: time,
        originalSha256: fc.stringMatching(/^[0-9a-f]{64}$/),
        redactions: fc.oneof(fc.string({ minLength: 1 }), fc.constant('x@1,'.repeat(5000))),
        body: fc.uint8Array(),
      }),
      (any) => {
        writer.clear();
        const hashes = Buffer.alloc(32);
        expect(writer.addRow(row(any), hashes, 0)).toBe(true);
        const entry = Buffer.from(captureEntry({ ...any, storedSha256: digest(any.body) }));
        expect(Buffer.from(writer.written.subarray(2)).toString()).toBe(entry.toString());
        expect(hashes).toEqual(leafHash(entry));
      },
    ),
  );
});

test.each([
  ['a stored digest that is not the body', row(facts, '0'.repeat(64))],
  ['a stored digest that is too short', row(facts, digest(body).slice(1))],
  ['an original that differs, and nothing was cut out', row({ ...facts, originalSha256: '0'.repeat(64) })],
  ['an entry that no bundle can hold', row({ ...facts, stream: 'x'.repeat(70_000) })],
])('refuses %s', (_, bent) => {
  expect(createBundleWriter().addRow(bent, Buffer.alloc(32), 0)).toBe(false);
});
