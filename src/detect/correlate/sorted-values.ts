/** Numbers in order, one for each that was added: any of them by its rank, at a cost that hardly grows with their number. */
export interface SortedValues {
  readonly size: number;
  add(value: number): void;
  /** Takes one out that was added. */
  remove(value: number): void;
  /** The value at `rank`, from 0; undefined beyond the end. */
  at(rank: number): number | undefined;
}

const CHUNK = 512;

export function createSortedValues(): SortedValues {
  /** Ascending within each and over all; none is empty, but the first when it is the only one. */
  const chunks: number[][] = [[]];
  let size = 0;

  /** The chunk that holds, or would hold, `value`. */
  const chunkFor = (value: number): number => {
    let [low, high] = [0, chunks.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((chunks[middle]?.at(-1) ?? Infinity) >= value) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  return {
    get size() {
      return size;
    },
    add(value) {
      const index = chunkFor(value);
      const chunk = chunks[index] ?? [];
      chunk.splice(placeIn(chunk, value), 0, value);
      if (chunk.length > 2 * CHUNK) chunks.splice(index + 1, 0, chunk.splice(CHUNK));
      size++;
    },
    remove(value) {
      const index = chunkFor(value);
      const chunk = chunks[index] ?? [];
      const place = placeIn(chunk, value);
      if (chunk[place] !== value) return;
      chunk.splice(place, 1);
      if (chunk.length === 0 && chunks.length > 1) chunks.splice(index, 1);
      size--;
    },
    at(rank) {
      let left = rank;
      for (const chunk of chunks) {
        if (left < chunk.length) return chunk[left];
        left -= chunk.length;
      }
      return undefined;
    },
  };
}

/** The first place whose value is not less. */
function placeIn(chunk: readonly number[], value: number): number {
  let [low, high] = [0, chunk.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chunk[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
