/** Opening AES-256-GCM (FIPS 197, NIST SP 800-38D) for browsers, whose own is asynchronous alone. */

const BLOCK = 16;
const ROUNDS = 14;

/** Twice a byte in the field of AES. */
const twice = (byte: number): number => ((byte << 1) ^ (byte & 0x80 ? 0x1b : 0)) & 0xff;

/** The substitution of AES, and the words of its rounds: FIPS 197 5.1.1, with the mixing of columns put in. */
function tables(): { readonly sbox: Uint8Array; readonly mixed: Int32Array } {
  const sbox = new Uint8Array(256);
  let [p, q] = [1, 1];
  do {
    p ^= twice(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q = (q & 0xff) ^ (q & 0x80 ? 0x09 : 0);
    const turned = q ^ (q << 1) ^ (q << 2) ^ (q << 3) ^ (q << 4);
    sbox[p] = ((turned & 0xff) ^ (turned >> 8) ^ 0x63) & 0xff;
  } while (p !== 1);
  sbox[0] = 0x63;
  const mixed = Int32Array.from(sbox, (s) => (twice(s) << 24) | (s << 16) | (s << 8) | (twice(s) ^ s));
  return { sbox, mixed };
}
const { sbox, mixed } = tables();

const substituted = (word: number): number =>
  ((sbox[word >>> 24] as number) << 24) |
  ((sbox[(word >>> 16) & 255] as number) << 16) |
  ((sbox[(word >>> 8) & 255] as number) << 8) |
  (sbox[word & 255] as number);

/** The words of all rounds: FIPS 197 5.2. */
function expand(key: Uint8Array): Int32Array {
  const words = new Int32Array(4 * (ROUNDS + 1));
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  for (let i = 0; i < 8; i++) words[i] = view.getInt32(4 * i);
  let round = 1;
  for (let i = 8; i < words.length; i++) {
    let word = words[i - 1] as number;
    if (i % 8 === 0) {
      word = substituted((word << 8) | (word >>> 24)) ^ (round << 24);
      round = twice(round);
    } else if (i % 8 === 4) word = substituted(word);
    words[i] = (words[i - 8] as number) ^ word;
  }
  return words;
}

const turn = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** Encrypts four words in place. */
function encryptBlock(words: Int32Array, state: Int32Array): void {
  let [a, b, c, d] = [0, 1, 2, 3].map((i) => (state[i] as number) ^ (words[i] as number)) as [
    number,
    number,
    number,
    number,
  ];
  const step = (w: number, x: number, y: number, z: number, key: number): number =>
    (mixed[w >>> 24] as number) ^
    turn(mixed[(x >>> 16) & 255] as number, 8) ^
    turn(mixed[(y >>> 8) & 255] as number, 16) ^
    turn(mixed[z & 255] as number, 24) ^
    key;
  for (let round = 1; round < ROUNDS; round++) {
    const at = 4 * round;
    const next = [
      step(a, b, c, d, words[at] as number),
      step(b, c, d, a, words[at + 1] as number),
      step(c, d, a, b, words[at + 2] as number),
      step(d, a, b, c, words[at + 3] as number),
    ] as const;
    [a, b, c, d] = next;
  }
  const last = (w: number, x: number, y: number, z: number): number =>
    ((sbox[w >>> 24] as number) << 24) |
    ((sbox[(x >>> 16) & 255] as number) << 16) |
    ((sbox[(y >>> 8) & 255] as number) << 8) |
    (sbox[z & 255] as number);
  const end = 4 * ROUNDS;
  state[0] = last(a, b, c, d) ^ (words[end] as number);
  state[1] = last(b, c, d, a) ^ (words[end + 1] as number);
  state[2] = last(c, d, a, b) ^ (words[end + 2] as number);
  state[3] = last(d, a, b, c) ^ (words[end + 3] as number);
}

/** Multiples of the hash key by each value of a byte at each place: SP 800-38D 6.3, a table instead of 128 steps a block. */
function ghashOf(hashKey: Int32Array): (blocks: Uint8Array, state: Int32Array) => void {
  const products = new Int32Array(BLOCK * 256 * 4);
  const v = Int32Array.from(hashKey);
  for (let bit = 0; bit < 128; bit++) {
    const [byte, mask] = [bit >> 3, 0x80 >> (bit & 7)];
    for (let value = 0; value < 256; value++) {
      if ((value & mask) === 0) continue;
      const at = (byte * 256 + value) * 4;
      for (let i = 0; i < 4; i++) products[at + i] = (products[at + i] as number) ^ (v[i] as number);
    }
    const carry = (v[3] as number) & 1;
    for (let i = 3; i > 0; i--) v[i] = ((v[i] as number) >>> 1) | ((v[i - 1] as number) << 31);
    v[0] = ((v[0] as number) >>> 1) ^ (carry === 1 ? 0xe1000000 : 0);
  }
  return (blocks, state) => {
    for (let from = 0; from < blocks.length; from += BLOCK) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let i = 0; i < BLOCK; i++) {
        const byte = ((state[i >> 2] as number) >>> (24 - 8 * (i & 3))) & 255;
        const at = (i * 256 + (byte ^ (blocks[from + i] ?? 0))) * 4;
        a ^= products[at] as number;
        b ^= products[at + 1] as number;
        c ^= products[at + 2] as number;
        d ^= products[at + 3] as number;
      }
      state.set([a, b, c, d]);
    }
  };
}

/** The last key that was used: the same one opens value after value. */
let known:
  | { readonly key: Uint8Array; readonly words: Int32Array; readonly ghash: ReturnType<typeof ghashOf> }
  | undefined;

function keyed(key: Uint8Array): NonNullable<typeof known> {
  if (known?.key.every((byte, i) => byte === key[i]) === true) return known;
  const words = expand(key);
  const hashKey = new Int32Array(4);
  encryptBlock(words, hashKey);
  known = { key: key.slice(), words, ghash: ghashOf(hashKey) };
  return known;
}

/** The plain bytes; undefined when the tag is another. @param key 32 bytes. @param nonce 12 bytes. @param tag 16 bytes. */
export function openAes256Gcm(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Uint8Array | undefined {
  const { words, ghash } = keyed(key);
  const first = new DataView(nonce.buffer, nonce.byteOffset, nonce.byteLength);
  const counter = [first.getInt32(0), first.getInt32(4), first.getInt32(8)] as const;
  const block = (n: number): Int32Array => {
    const state = Int32Array.of(...counter, n);
    encryptBlock(words, state);
    return state;
  };
  const hashed = new Int32Array(4);
  ghash(aad, hashed);
  ghash(ciphertext, hashed);
  const lengths = new DataView(new ArrayBuffer(BLOCK));
  lengths.setBigUint64(0, BigInt(aad.length) * 8n);
  lengths.setBigUint64(8, BigInt(ciphertext.length) * 8n);
  ghash(new Uint8Array(lengths.buffer), hashed);
  const mask = block(1);
  const expected = new DataView(new ArrayBuffer(BLOCK));
  for (let i = 0; i < 4; i++) expected.setInt32(4 * i, (hashed[i] as number) ^ (mask[i] as number));
  let difference = tag.length ^ BLOCK;
  for (let i = 0; i < BLOCK; i++) difference |= expected.getUint8(i) ^ (tag[i] ?? 0);
  if (difference !== 0) return undefined;
  const plain = new Uint8Array(ciphertext.length);
  for (let from = 0; from < plain.length; from += BLOCK) {
    const stream = block(2 + from / BLOCK);
    for (let i = 0; i < BLOCK && from + i < plain.length; i++)
      plain[from + i] =
        (ciphertext[from + i] as number) ^ (((stream[i >> 2] as number) >>> (24 - 8 * (i & 3))) & 255);
  }
  return plain;
}
