import { createCipheriv, createHmac as nodeHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openAes256Gcm } from '../../src/verifier/page/aes-gcm.ts';
import { createDecipheriv, createHmac } from '../../src/verifier/page/crypto.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'hex');

/** The test cases of 256-bit keys in the GCM specification (McGrew and Viega, appendix B), which NIST's own came from. */
const PLAIN =
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255';
const CIPHER =
  '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad';
const KEY = 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308';
const AAD = 'feedfacedeadbeeffeedfacedeadbeefabaddad2';
const zeros = (count: number): string => '00'.repeat(count);

const vectors = [
  ['13', zeros(32), zeros(12), '', '', '', '530f8afbc74536b9a963b4f1c4cb738b'],
  [
    '14',
    zeros(32),
    zeros(12),
    zeros(16),
    '',
    'cea7403d4d606b6e074ec5d3baf39d18',
    'd0d1c8a799996bf0265b98b5d48ab919',
  ],
  ['15', KEY, 'cafebabefacedbaddecaf888', PLAIN, '', CIPHER, 'b094dac5d93471bdec1a502270e3cc6c'],
  [
    '16',
    KEY,
    'cafebabefacedbaddecaf888',
    PLAIN.slice(0, 120),
    AAD,
    CIPHER.slice(0, 120),
    '76fc6ece0f4e1768cddf8853bb2d551b',
  ],
] as const;

test.each(vectors)('vector %s of the specification opens', (_, key, nonce, plain, aad, cipher, tag) => {
  const opened = openAes256Gcm(bytes(key), bytes(nonce), bytes(aad), bytes(cipher), bytes(tag));
  expect(Buffer.from(opened ?? []).toString('hex')).toBe(plain);
  const bent = bytes(tag);
  bent[0] = (bent[0] ?? 0) ^ 1;
  expect(openAes256Gcm(bytes(key), bytes(nonce), bytes(aad), bytes(cipher), bent)).toBeUndefined();
});

test('what Node seals, it opens; and nothing of it that was changed', () => {
  const some = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      some(32),
      some(12),
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.nat(),
      (key, nonce, aad, plain, at) => {
        const cipher = createCipheriv('aes-256-gcm', key, nonce);
        cipher.setAAD(aad);
        const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
        const open = (what: Buffer): Uint8Array | undefined =>
          openAes256Gcm(key, nonce, aad, what.subarray(0, plain.length), what.subarray(plain.length));
        expect(Buffer.from(open(sealed) ?? [1])).toEqual(Buffer.from(plain));
        const bent = Buffer.from(sealed);
        bent[at % bent.length] = (bent[at % bent.length] ?? 0) ^ (1 << (at % 8));
        expect(open(bent)).toBeUndefined();
      },
    ),
    { numRuns: 60 },
  );
});

test('it stands in for what the verifier uses of Node', () => {
  const [key, nonce] = [Buffer.alloc(32, 3), Buffer.alloc(12, 4)];
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from('where'));
  const sealed = Buffer.concat([cipher.update('what'), cipher.final()]);
  const open = (aad: string): Uint8Array => {
    const opener = createDecipheriv('aes-256-gcm', key, nonce);
    opener.setAAD(Buffer.from(aad));
    opener.setAuthTag(cipher.getAuthTag());
    const plain = opener.update(sealed);
    opener.final();
    return plain;
  };
  expect(Buffer.from(open('where')).toString()).toBe('what');
  expect(() => open('there')).toThrow('does not open');
  for (const length of [0, 16, 32, 64, 65, 200]) {
    const secret = Buffer.alloc(length, 5);
    expect(createHmac('sha256', secret).update('what').digest('hex')).toBe(
      nodeHmac('sha256', secret).update('what').digest('hex'),
    );
  }
});
