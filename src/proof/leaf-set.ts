/** A set of leaves of a log: a bit each. */
export interface LeafSet {
  readonly size: number;
  has(leaf: number): boolean;
  /** False when it was there already. */
  add(leaf: number): boolean;
  /** The smallest leaf in it from `from` on; undefined when there is none. */
  next(from: number): number | undefined;
}

export function createLeafSet(): LeafSet {
  let bits = new Uint8Array(1024);
  let size = 0;
  return {
    get size() {
      return size;
    },
    has: (leaf) => ((bits[leaf >> 3] ?? 0) & (1 << (leaf & 7))) !== 0,
    add(leaf) {
      const at = Math.floor(leaf / 8);
      if (at >= bits.length) {
        const larger = new Uint8Array(Math.max(at + 1, bits.length * 2));
        larger.set(bits);
        bits = larger;
      }
      const mask = 1 << (leaf & 7);
      if (((bits[at] ?? 0) & mask) !== 0) return false;
      bits[at] = (bits[at] ?? 0) | mask;
      size++;
      return true;
    },
    next(from) {
      for (let leaf = from; leaf < bits.length * 8; leaf++) {
        if ((leaf & 7) === 0 && bits[leaf >> 3] === 0) leaf += 7;
        else if (((bits[leaf >> 3] ?? 0) & (1 << (leaf & 7))) !== 0) return leaf;
      }
      return undefined;
    },
  };
}
