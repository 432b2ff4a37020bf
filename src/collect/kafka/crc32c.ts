/** CRC-32C (Castagnoli), which guards every Kafka record batch; zlib's `crc32` is another polynomial. */
const POLYNOMIAL = 0x82f63b78;
const LANES = 8;

/** Table `lane` advances a byte by `lane` further bytes of zeros, so that eight bytes fold in one step. */
const table = buildTable();

function buildTable(): Uint32Array {
  const built = new Uint32Array(LANES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    built[byte] = crc >>> 0;
  }
  for (let at = 256; at < built.length; at++) {
    const before = built[at - 256] ?? 0;
    built[at] = ((before >>> 8) ^ (built[before & 255] ?? 0)) >>> 0;
  }
  return built;
}

/** CRC-32C of `bytes` from `start` up to `end`. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = table;
  let crc = 0xffffffff;
  let at = start;
  // Reads stay inside both arrays by construction, so the checks that TypeScript asks for cannot fail.
  for (; at + LANES <= end; at += LANES) {
    crc ^= word(bytes, at);
    const high = word(bytes, at + 4);
    crc =
      entry(t, 1792 + (crc & 255)) ^
      entry(t, 1536 + ((crc >>> 8) & 255)) ^
      entry(t, 1280 + ((crc >>> 16) & 255)) ^
      entry(t, 1024 + (crc >>> 24)) ^
      entry(t, 768 + (high & 255)) ^
      entry(t, 512 + ((high >>> 8) & 255)) ^
      entry(t, 256 + ((high >>> 16) & 255)) ^
      entry(t, high >>> 24);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ entry(t, (crc ^ entry(bytes, at)) & 255);
  return (crc ^ 0xffffffff) >>> 0;
}

const entry = (of: Uint8Array | Uint32Array, at: number): number => of[at] as number;

const word = (bytes: Uint8Array, at: number): number =>
  (entry(bytes, at) |
    (entry(bytes, at + 1) << 8) |
    (entry(bytes, at + 2) << 16) |
    (entry(bytes, at + 3) << 24)) >>>
  0;
