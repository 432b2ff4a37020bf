/** Remembers what was computed for a key; never more than twice `size` entries. */
export interface BoundedCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  /** Entries held, for tests and figures. */
  readonly size: number;
}

/** A generation with more misses than hits was not worth its memory: the next so many sets are ignored. */
const PAUSE = 16;

/**
 * Two generations: new entries go into the young one; when it holds `size` entries it becomes the old one, and what
 * was the old one is dropped. An entry found in the old generation moves to the young one, so what is asked for often
 * stays. When keys hardly ever repeat (ids, bodies), a generation ends with more misses than hits: both are dropped,
 * and the next `16 * size` new keys are not kept.
 */
export function createBoundedCache<V>(size: number): BoundedCache<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  let hits = 0;
  let ignored = 0;
  const keep = (key: string, value: V): void => {
    young.set(key, value);
    if (young.size < size) return;
    const isWorthIt = hits >= size;
    hits = 0;
    old = isWorthIt ? young : new Map();
    young = new Map();
    ignored = isWorthIt ? 0 : PAUSE * size;
  };
  return {
    get(key) {
      // Without a hash of the key.
      if (young.size + old.size === 0) return undefined;
      const found = young.get(key);
      if (found !== undefined) {
        hits++;
        return found;
      }
      const before = old.get(key);
      if (before === undefined) return undefined;
      hits++;
      old.delete(key);
      keep(key, before);
      return before;
    },
    set(key, value) {
      if (ignored > 0) ignored--;
      else keep(key, value);
    },
    get size() {
      return young.size + old.size;
    },
  };
}
