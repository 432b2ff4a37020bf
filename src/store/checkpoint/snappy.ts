/**
 * Unpacks a block of Snappy (google/snappy, format_description.txt). What is copied is copied by the runtime: byte by byte, in a process
 * that may just have begun, it took as long as all the rest of opening a lake.
 *
 * @throws RangeError when the block is cut short, points before its beginning, or is not of its size.
 */
export function unpackSnappy(packed: Uint8Array, size: number): Buffer {
  const out = Buffer.allocUnsafeSlow(size);
  const bad = (): RangeError => new RangeError('a block of Snappy is damaged');
  let [from, at] = [0, 0];
  const number = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += (packed[from++] ?? 0) * 2 ** (8 * i);
    return value;
  };
  // The size stands in front, seven bits a byte.
  while ((packed[from++] ?? 0) >= 128);
  while (from < packed.length) {
    const tag = packed[from++] ?? 0;
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const length = 1 + (short < 60 ? short : number(short - 59));
      if (from + length > packed.length || at + length > size) throw bad();
      out.set(packed.subarray(from, from + length), at);
      from += length;
      at += length;
      continue;
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = kind === 1 ? (tag >> 5) * 256 + number(1) : number(kind === 2 ? 2 : 4);
    if (from > packed.length || back === 0 || back > at || at + length > size) throw bad();
    // What is copied may reach into what it makes: then a part that is there is copied on.
    for (let done = 0; done < length;) {
      const some = Math.min(length - done, back + done);
      out.copyWithin(at + done, at - back, at - back + some);
      done += some;
    }
    at += length;
  }
  if (at !== size) throw bad();
  return out;
}
