/** Bytes that are put in their place one by one sooner than they are called for: texts of digits have many of a few. */
const SHORT = 16;

/**
 * Unpacks a block of Snappy (google/snappy, format_description.txt). What is copied is copied by the runtime, and nothing is called
 * between two copies: in a process that may just have begun, this takes as long as all the rest of opening a lake.
 *
 * @throws RangeError when the block is cut short, points before its beginning, or is not of its size.
 */
export function unpackSnappy(packed: Uint8Array, size: number): Buffer {
  const out = Buffer.allocUnsafeSlow(size);
  const end = packed.length;
  let from = 0;
  let at = 0;
  // The size stands in front, seven bits a byte.
  while ((packed[from++] ?? 0) >= 128);
  while (from < end) {
    const tag = packed[from++] ?? 0;
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const bytes = length - 60;
        length = 1;
        for (let i = 0; i < bytes; i++) length += (packed[from++] ?? 0) * 2 ** (8 * i);
      }
      if (from + length > end || at + length > size) throw damaged();
      if (length > SHORT) {
        out.set(packed.subarray(from, from + length), at);
        from += length;
        at += length;
      } else for (const stop = from + length; from < stop;) out[at++] = packed[from++] ?? 0;
      continue;
    }
    let back = (packed[from++] ?? 0) + (kind === 1 ? (tag >> 5) * 256 : (packed[from++] ?? 0) * 256);
    if (kind === 1) length = ((tag >> 2) & 7) + 4;
    if (kind === 3) back += (packed[from++] ?? 0) * 65_536 + (packed[from++] ?? 0) * 16_777_216;
    if (from > end || back === 0 || back > at || at + length > size) throw damaged();
    if (back >= length) out.copyWithin(at, at - back, at - back + length);
    else repeat(out, at, back, length);
    at += length;
  }
  if (at !== size) throw damaged();
  return out;
}

const damaged = (): RangeError => new RangeError('a block of Snappy is damaged');

/** What is copied reaches into what it makes: then a part that is there is copied on. */
function repeat(out: Buffer, at: number, back: number, length: number): void {
  for (let done = 0; done < length;) {
    const some = Math.min(length - done, back + done);
    out.copyWithin(at + done, at - back, at - back + some);
    done += some;
  }
}
