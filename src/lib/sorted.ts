/** Index of the first item of an ordered list for which `isBefore` is false. */
export function placeIn<T>(ordered: readonly T[], isBefore: (item: T) => boolean): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(ordered[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts more items into an ordered list. What comes mostly belongs at its end: only what it goes before is moved. */
export function insertSorted<T>(ordered: T[], more: readonly T[], compare: (a: T, b: T) => number): void {
  if (more.length === 0) return;
  const fresh = more.toSorted(compare);
  const [first] = fresh;
  const behind = ordered.splice(placeIn(ordered, (item) => compare(item, first as T) <= 0));
  let [i, k] = [0, 0];
  while (i < behind.length || k < fresh.length) {
    const [old, next] = [behind[i], fresh[k]];
    if (next === undefined || (old !== undefined && compare(old, next) <= 0)) {
      ordered.push(old as T);
      i++;
    } else {
      ordered.push(next);
      k++;
    }
  }
}
