import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { dataKeyPath, parseDataKey, unwrapLocally } from '../../../src/proof/data-key.ts';
import {
  OVERHEAD_BYTES,
  openValue,
  parseEncrypted,
  parseEncryptedText,
} from '../../../src/proof/encrypted-value.ts';
import type { ValuePlace } from '../../../src/proof/encrypted-value.ts';
import { pseudonymsOf } from '../../../src/store/encryption/pseudonym.ts';
import { inflate, valueSealer } from '../../../src/store/encryption/seal-value.ts';
import { openQueries } from '../../../src/store/queries.ts';
import { productFolder } from '../../support/cli.ts';
import { messages, take, temporaryFolder } from '../lakes.ts';
import { KEK, openEncrypted } from './encrypted-lakes.ts';

const key = Buffer.alloc(32, 0x21);
const sealer = valueSealer(3, key);
const place: ValuePlace = { table: 'captures', column: 'body', row: [142, 'hub/0', 12] };
const often = { numRuns: 200 };

const open = (sealed: Uint8Array, at = place, by: Uint8Array = key): Uint8Array | undefined => {
  const value = parseEncrypted(sealed);
  return value === undefined ? undefined : openValue(value, at, by, inflate);
};

test('a value opens in its place with its key, and says which key that is', () => {
  const sealed = sealer.bytes(place, Buffer.from('{"records":[]}'));
  expect(sealed).toHaveLength(14 + OVERHEAD_BYTES);
  expect(parseEncrypted(sealed)).toMatchObject({ key: 3, plainBytes: 14, isCompressed: false });
  expect(Buffer.from(open(sealed) ?? []).toString()).toBe('{"records":[]}');
});

test('any bytes and any text come back, compressed where that is shorter', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.string({ maxLength: 40 }).map((text) => Buffer.from(text.repeat(40))),
  );
  fc.assert(
    fc.property(bytes, (plain) => {
      const sealed = sealer.bytes(place, plain);
      expect(Buffer.from(open(sealed) ?? [1])).toEqual(Buffer.from(plain));
      expect(sealed.length).toBeLessThanOrEqual(plain.length + OVERHEAD_BYTES);
    }),
    often,
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (plain) => {
      const value = parseEncryptedText(sealer.text(place, plain));
      const opened = value === undefined ? undefined : openValue(value, place, key, inflate);
      expect(Buffer.from(opened ?? [1]).toString()).toBe(plain);
    }),
    often,
  );
});

test('no bit of a value can be changed, and no part of its place', () => {
  const sealed = sealer.bytes(place, Buffer.from('{"n":1}'.repeat(100)));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const bent = Buffer.from(sealed);
    bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(open(bent), `bit ${bit}`).toBeUndefined();
  }
  const others: ValuePlace[] = [
    { ...place, table: 'dead_letters' },
    { ...place, column: 'bytes' },
    { ...place, row: [143, 'hub/0', 12] },
    { ...place, row: ['142', 'hub/0', 12] },
    { ...place, row: [142, 'hub/0'] },
  ];
  for (const other of others) expect(open(sealed, other)).toBeUndefined();
  expect(open(sealed, place, Buffer.alloc(32, 0x22))).toBeUndefined();
});

test('what is cut short or is something else is no encrypted value', () => {
  const sealed = sealer.bytes(place, Buffer.from('x'.repeat(30)));
  for (let length = 0; length < sealed.length; length++)
    expect(open(sealed.subarray(0, length)), `${length} bytes`).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => open(bytes) === undefined),
    often,
  );
  for (const text of ['', 'ple1:', 'ple1:AAAA', 'ple1:%%%', 'PLE1:iVBMMQ'])
    expect(parseEncryptedText(text)).toBeUndefined();
});

test('a frame that holds more than its value says is not inflated', () => {
  const frame = zstdCompressSync(Buffer.alloc(5000));
  expect(inflate(frame, 5000)).toHaveLength(5000);
  expect(() => inflate(frame, 10)).toThrow(/larger than 10 bytes/);
});

test('the same value has the same bytes, and a nonce is met twice by no two different ones', () => {
  const again = valueSealer(3, Buffer.alloc(32, 0x21));
  expect(again.bytes(place, Buffer.from('same'))).toEqual(sealer.bytes(place, Buffer.from('same')));
  const nonces = new Set<string>();
  for (let n = 0; n < 2000; n++) {
    const at = { ...place, row: [n % 1000, 'hub/0', n % 1000] };
    nonces.add(sealer.bytes(at, Buffer.from(n < 1000 ? 'left' : 'right')).toString('hex', 13, 25));
  }
  expect(nonces.size).toBe(2000);
});

test('a pseudonym is the same for each case of a name, and another under each key', () => {
  const [left = '', right = ''] = pseudonymsOf([key], ['Ada@example.com', 'ada@EXAMPLE.com']);
  expect(left).toBe(right);
  expect(pseudonymsOf([KEK], ['ada@example.com'])).not.toContain(left);
});

const doc = readFileSync(join(productFolder, 'docs/encryption.md'), 'utf8');
const program = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(doc)?.[1] ?? '';

/** Bodies of a lake as they are stored, with their places, beside the plain ones. */
async function storedBodies(): Promise<{
  path: string;
  bodies: { value: Buffer; place: unknown[]; plain: Buffer }[];
}> {
  const path = await temporaryFolder();
  const { lake } = await openEncrypted(path);
  const taken = messages('second reader', 20);
  for (const message of taken) take(lake, message);
  await lake.seal();
  await lake.close();
  const queries = await openQueries({ path });
  const rows = await queries.rows('SELECT leaf, stream, sequence, body FROM captures ORDER BY leaf');
  queries.close();
  return {
    path,
    bodies: rows.map((row, i) => ({
      value: Buffer.from(row['body'] as Uint8Array),
      place: ['captures', 'body', Number(row['leaf']), row['stream'], Number(row['sequence'])],
      plain: Buffer.from(taken[i]?.capture.body ?? []),
    })),
  };
}

test('the program in the documentation opens a lake by itself', async () => {
  const { path, bodies } = await storedBodies();
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-open-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'open-value.mjs'), program('js'));
  const theirs = (await import(pathToFileURL(join(folder, 'open-value.mjs')).href)) as {
    openValue: (value: Buffer, place: unknown[], key: Buffer) => Promise<Buffer>;
    unwrapWithKeyFile: (file: string, keyFile: string) => Promise<Buffer>;
  };
  const file = readFileSync(join(path, dataKeyPath('data', 1)), 'utf8');
  const dataKey = await theirs.unwrapWithKeyFile(file, KEK.toString('base64'));
  const parsed = parseDataKey(file);
  expect(dataKey).toEqual(Buffer.from((parsed && unwrapLocally(parsed, KEK)) ?? []));
  for (const { value, place: where, plain } of bodies)
    expect(await theirs.openValue(value, where, dataKey)).toEqual(plain);
});

const run = promisify(execFile);
const noPython = await run('python3', ['-c', 'import cryptography']).then(
  () => undefined,
  () => 'skipped: python3 cannot import cryptography (pip install cryptography)',
);
if (noPython !== undefined) console.log(noPython);

test.skipIf(noPython !== undefined)('the Python in the documentation opens the same values', async () => {
  const { path, bodies } = await storedBodies();
  const parsed = parseDataKey(readFileSync(join(path, dataKeyPath('data', 1)), 'utf8'));
  const dataKey = Buffer.from((parsed && unwrapLocally(parsed, KEK)) ?? []);
  const plain = bodies.filter(({ value }) => value[4] === 0);
  expect(plain.length).toBeGreaterThan(3);
  const given = plain.map(({ value, place: where }) => [value.toString('hex'), where]);
  const ending = `
import sys
key, values = json.loads(sys.argv[1])
print(json.dumps([open_value(bytes.fromhex(v), p, bytes.fromhex(key)).hex() for v, p in values]))
`;
  const { stdout } = await run('python3', [
    '-c',
    program('python') + ending,
    JSON.stringify([dataKey.toString('hex'), given]),
  ]);
  expect(JSON.parse(stdout)).toEqual(plain.map((body) => body.plain.toString('hex')));
});
