const cutShort = (): Error => new Error('levels or ids are cut short');

/**
 * Numbers out of Parquet's mix of runs and packed bits, for levels and dictionary ids (parquet-format, Encodings.md,
 * RLE / bit-packing hybrid): the ones at these places, ascending; runs before them are stepped over.
 *
 * @param end where the mix ends, which begins at `from`. @param width bits of a number.
 * @throws Error when they are cut short.
 */
export function hybridAt(
  bytes: Uint8Array,
  from: number,
  end: number,
  width: number,
  wanted: Iterable<number>,
): number[] {
  if (width > 32 || end > bytes.length) throw cutShort();
  /** The run that is looked at: where its values lie, the first of them and the one behind its last. */
  const run = { at: from, first: 0, stop: 0, isPacked: false };
  let next = from;
  const turn = (): void => {
    let [header, scale, byte] = [0, 1, 128];
    for (; byte >= 128; scale *= 128) {
      if (next >= end || scale > 2 ** 28) throw cutShort();
      byte = bytes[next++] ?? 0;
      header += (byte & 127) * scale;
    }
    run.isPacked = header % 2 === 1;
    const length = Math.floor(header / 2) * (run.isPacked ? 8 : 1);
    if (length === 0) throw cutShort();
    run.at = next;
    run.first = run.stop;
    run.stop += length;
    next += run.isPacked ? (length * width) / 8 : (width + 7) >> 3;
  };
  return Array.from(wanted, (place) => {
    if (width === 0) return 0;
    while (place >= run.stop) turn();
    const bit = run.isPacked ? (place - run.first) * width : 0;
    const size = run.isPacked ? width : 8 * ((width + 7) >> 3);
    // Of the last run, only as many bits as there are values have to be there.
    if (8 * (end - run.at) < bit + size) throw cutShort();
    return bitsAt(bytes, 8 * run.at + bit, size);
  });
}

/** The same number several times. */
export interface NumberRun {
  readonly value: number;
  readonly count: number;
}

/**
 * The first numbers of such a mix, so many of them. Runs stay runs: what stands in a checkpoint, and whether rows have a value,
 * mostly is the same for hundreds.
 *
 * @throws Error when they are cut short.
 */
export function hybridRuns(
  bytes: Uint8Array,
  from: number,
  end: number,
  width: number,
  count: number,
): readonly NumberRun[] {
  if (width === 0) return [{ value: 0, count }];
  if (width > 32 || end > bytes.length) throw cutShort();
  const runs: NumberRun[] = [];
  let last = { value: -1, count: 0 };
  const add = (value: number, more: number): void => {
    if (value === last.value) last.count += more;
    else runs.push((last = { value, count: more }));
  };
  let at = from;
  for (let left = count; left > 0;) {
    let [header, scale, byte] = [0, 1, 128];
    for (; byte >= 128; scale *= 128) {
      if (at >= end || scale > 2 ** 28) throw cutShort();
      byte = bytes[at++] ?? 0;
      header += (byte & 127) * scale;
    }
    const isPacked = header % 2 === 1;
    const length = Math.min(left, Math.floor(header / 2) * (isPacked ? 8 : 1));
    const size = isPacked ? length * width : 8 * ((width + 7) >> 3);
    // Of the last run, only as many bits as there are values have to be there.
    if (length === 0 || 8 * (end - at) < size) throw cutShort();
    if (isPacked)
      for (let bit = 8 * at, stop = bit + size; bit < stop; bit += width) add(bitsAt(bytes, bit, width), 1);
    else add(bitsAt(bytes, 8 * at, size), length);
    at += isPacked ? (Math.floor(header / 2) * 8 * width) / 8 : size / 8;
    left -= length;
  }
  return runs;
}

/** A number of up to 56 bits that begins at a bit, its lowest first. */
export function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  const at = Math.floor(bit / 8);
  const shift = bit % 8;
  if (shift + width <= 31)
    return (
      (((bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24)) >>>
        shift) &
      ((1 << width) - 1)
    );
  // With the bits of its neighbours it would not fit a double: those are left out byte by byte.
  let value = (bytes[at] ?? 0) >> shift;
  for (let i = 1, have = 8 - shift; have < width; i++, have += 8)
    value += ((bytes[at + i] ?? 0) & ((1 << Math.min(8, width - have)) - 1)) * 2 ** have;
  return value;
}
