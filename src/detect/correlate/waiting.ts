/** What waits for its time to come, by instant. */
export interface Waiting<T> {
  readonly size: number;
  /** The oldest instant that waits, epoch ms; Infinity when nothing does. */
  readonly oldest: number;
  add(time: number, item: T): void;
  /** Takes out everything of the oldest instant. */
  shift(): readonly T[];
}

/** A heap of instants, and what waits at each. */
export function createWaiting<T>(): Waiting<T> {
  const heap: number[] = [];
  const items = new Map<number, T[]>();
  let size = 0;

  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b] ?? Infinity, heap[a] ?? Infinity];
  };
  const at = (index: number): number => heap[index] ?? Infinity;

  return {
    get size() {
      return size;
    },
    get oldest() {
      return at(0);
    },
    add(time, item) {
      size++;
      const there = items.get(time);
      if (there !== undefined) {
        there.push(item);
        return;
      }
      items.set(time, [item]);
      let index = heap.push(time) - 1;
      for (let parent = (index - 1) >> 1; index > 0 && at(parent) > time; parent = (index - 1) >> 1) {
        swap(index, parent);
        index = parent;
      }
    },
    shift() {
      const [time] = heap;
      if (time === undefined) return [];
      const last = heap.pop();
      if (heap.length > 0 && last !== undefined) {
        heap[0] = last;
        let index = 0;
        for (;;) {
          const [left, right] = [2 * index + 1, 2 * index + 2];
          const least = at(right) < at(left) ? right : left;
          if (at(least) >= at(index)) break;
          swap(index, least);
          index = least;
        }
      }
      const taken = items.get(time) ?? [];
      items.delete(time);
      size -= taken.length;
      return taken;
    },
  };
}
