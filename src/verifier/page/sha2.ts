/** SHA-256 and SHA-512 (FIPS 180-4) for browsers, whose own are asynchronous alone. */

/** The first bits of the fractional parts of the cube or square roots of the first primes, as FIPS 180-4 defines its constants. */
function rootBits(count: number, power: 2n | 3n): bigint[] {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n);
  return primes.map((prime) => {
    const scaled = prime << (64n * power);
    let [low, high] = [0n, 1n << 70n];
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** power <= scaled) low = middle;
      else high = middle;
    }
    return low & 0xffffffffffffffffn;
  });
}
const K512 = rootBits(80, 3n);
const H512 = rootBits(8, 2n);
const K256 = Int32Array.from(K512.slice(0, 64), (bits) => Number(bits >> 32n) | 0);
const H256 = Int32Array.from(H512, (bits) => Number(bits >> 32n) | 0);

/** The message with its padding: a one, zeros, and its length in bits. */
function padded(message: Uint8Array, block: 64 | 128): DataView {
  const length = Math.ceil((message.length + 1 + block / 8) / block) * block;
  const bytes = new Uint8Array(length);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(length - 8, BigInt(message.length) * 8n);
  return view;
}

const words = new Int32Array(64);

function compress256(state: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15] as number;
    const y = words[i - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] as number) + s0 + (words[i - 7] as number) + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K256[i] as number) + (words[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] as number) + value;
}

export function sha256(message: Uint8Array): Uint8Array {
  const state = Int32Array.from(H256);
  const whole = message.length - (message.length % 64);
  // Of a long message only the last block is copied, for its padding.
  const body = new DataView(message.buffer, message.byteOffset, whole);
  for (let at = 0; at < whole; at += 64) compress256(state, body, at);
  const rest = padded(message.subarray(whole), 64);
  rest.setBigUint64(rest.byteLength - 8, BigInt(message.length) * 8n);
  for (let at = 0; at < rest.byteLength; at += 64) compress256(state, rest, at);
  const digest = new DataView(new ArrayBuffer(32));
  for (const [i, value] of state.entries()) digest.setInt32(4 * i, value);
  return new Uint8Array(digest.buffer);
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint): bigint => wrap((value >> by) | (value << (64n - by)));

/** For signatures alone: short messages, so big integers are quick enough. */
export function sha512(message: Uint8Array): Uint8Array {
  const view = padded(message, 128);
  const state = [...H512];
  for (let at = 0; at < view.byteLength; at += 128) {
    const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + 8 * i));
    for (let i = 16; i < 80; i++) {
      const [x, y] = [w[i - 15] as bigint, w[i - 2] as bigint];
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
      w.push(wrap((w[i - 16] as bigint) + s0 + (w[i - 7] as bigint) + s1));
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const t1 = h + s1 + ((e & f) ^ (~e & g)) + (K512[i] as bigint) + (w[i] as bigint);
      const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, wrap(d + t1), c, b, a, wrap(t1 + t2)];
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries())
      state[i] = wrap((state[i] as bigint) + value);
  }
  const digest = new DataView(new ArrayBuffer(64));
  for (const [i, value] of state.entries()) digest.setBigUint64(8 * i, value);
  return new Uint8Array(digest.buffer);
}
