import { createHash, createPublicKey as nodePublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PageBuffer } from '../../src/verifier/page/buffer.ts';
import { createPublicKey, hash, verify } from '../../src/verifier/page/crypto.ts';
import { ed25519Verify } from '../../src/verifier/page/ed25519.ts';
import { sha256, sha512 } from '../../src/verifier/page/sha2.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = fc.uint8Array({ maxLength: 400 });

test('the digests of nothing are the well-known ones', () => {
  expect(hex(sha256(new Uint8Array()))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  expect(hex(sha512(new Uint8Array()))).toMatch(/^cf83e1357eefb8bd.*927da3e$/);
});

test('digests of any bytes are those of Node', () => {
  fc.assert(
    fc.property(bytesOf, (bytes) => {
      const digest = (name: string): string => createHash(name).update(bytes).digest('hex');
      return hex(sha256(bytes)) === digest('sha256') && hex(sha512(bytes)) === digest('sha512');
    }),
  );
});

test('a signature of Node checks, and no other', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const key = der.subarray(12);
  const message = Buffer.from('lake.example.com/test\n3\nAAAA\n');
  const signature = sign(null, message, privateKey);
  expect(ed25519Verify(message, key, signature)).toBe(true);
  expect(verify(null, message, createPublicKey({ key: der }), signature)).toBe(true);
  expect(ed25519Verify(Buffer.concat([message, Buffer.of(0)]), key, signature)).toBe(false);
  expect(ed25519Verify(message, key, signature.subarray(1))).toBe(false);
  for (const at of [0, 31, 32, 63]) {
    const bent = Buffer.from(signature);
    bent.writeUInt8(bent.readUInt8(at) ^ 1, at);
    expect(ed25519Verify(message, key, bent), `byte ${at}`).toBe(false);
  }
  expect(nodePublicKey({ key: der, format: 'der', type: 'spki' }).asymmetricKeyType).toBe('ed25519');
});

test('a signature with the order of the curve added to it is refused: RFC 8032 5.1.7', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
  const signature = sign(null, Buffer.from('x'), privateKey);
  const s = [...signature.subarray(32)].reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const moved = s + 2n ** 252n + 27742317777372353535851937790883648493n;
  const bent = Buffer.from(signature);
  for (let i = 0; i < 32; i++) bent.writeUInt8(Number((moved >> BigInt(8 * i)) & 255n), 32 + i);
  expect(ed25519Verify(Buffer.from('x'), key, bent)).toBe(false);
});

test('points that are none are no keys', () => {
  for (const byte of [0xff, 0x02])
    expect(ed25519Verify(Buffer.from('x'), Buffer.alloc(32, byte), Buffer.alloc(64))).toBe(false);
});

test('hash answers as Node does, in each form', () => {
  expect(hash('sha256', 'é', 'hex')).toBe(createHash('sha256').update('é').digest('hex'));
  expect(hash('sha256', Buffer.from('a'), 'binary')).toBe(createHash('sha256').update('a').digest('binary'));
  expect(() => hash('md5', 'a', 'hex')).toThrow('md5');
});

test("the page's Buffer does what Node's does", () => {
  fc.assert(
    fc.property(bytesOf, fc.string({ unit: 'grapheme' }), bytesOf, (bytes, text, other) => {
      const [own, nodes] = [PageBuffer.from(bytes), Buffer.from(bytes)];
      for (const encoding of ['utf8', 'latin1', 'hex', 'base64'] as const) {
        const said = own.toString(encoding);
        expect(said).toBe(nodes.toString(encoding));
        expect(hex(PageBuffer.from(said, encoding))).toBe(Buffer.from(said, encoding).toString('hex'));
      }
      expect(hex(PageBuffer.from(text))).toBe(Buffer.from(text).toString('hex'));
      expect(PageBuffer.byteLength(text)).toBe(Buffer.byteLength(text));
      expect(PageBuffer.compare(bytes, other)).toBe(Buffer.compare(bytes, other));
      expect(own.equals(other)).toBe(nodes.equals(other));
      expect(hex(PageBuffer.concat([bytes, other]))).toBe(hex(Buffer.concat([bytes, other])));
      expect(own.subarray(1)).toBeInstanceOf(PageBuffer);
    }),
    { numRuns: 60 },
  );
});

test('numbers in it are read and written as Node does', () => {
  const [own, nodes] = [PageBuffer.alloc(12, 3), Buffer.alloc(12, 3)];
  expect([own.writeUInt16BE(4711, 2), own.write('\u00ffab', 6, 2, 'latin1')]).toEqual([
    nodes.writeUInt16BE(4711, 2),
    nodes.write('\u00ffab', 6, 2, 'latin1'),
  ]);
  expect(hex(own)).toBe(hex(nodes));
  expect([own.readUInt16BE(2), own.readUInt32BE(1), own.readBigUInt64BE(3)]).toEqual([
    nodes.readUInt16BE(2),
    nodes.readUInt32BE(1),
    nodes.readBigUInt64BE(3),
  ]);
  expect([own.write('zé', 3), own.compare(Buffer.from('-zé'), 1, 4, 3, 6)]).toEqual([3, 0]);
  expect(own.compare(Buffer.from('zé'))).toBe(Buffer.from(own).compare(Buffer.from('zé')));
  nodes.write('zé', 3);
  const [a, b] = [PageBuffer.alloc(4), Buffer.alloc(4)];
  expect([own.copy(a, 1, 2, 4), hex(a)]).toEqual([nodes.copy(b, 1, 2, 4), hex(b)]);
  expect(hex(PageBuffer.of(1, 2))).toBe('0102');
  expect(PageBuffer.allocUnsafe(3)).toHaveLength(3);
  expect(hex(PageBuffer.from(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2))).toBe('0203');
});
