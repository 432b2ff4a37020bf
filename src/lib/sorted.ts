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

/**
 * Puts more items into an ordered list, behind those that are equal. What comes mostly belongs at its end: only what it goes
 * before is moved.
 */
export function insertSorted<T>(ordered: T[], more: readonly T[], compare: (a: T, b: T) => number): void {
  const fresh = more.toSorted(compare);
  let old = ordered.length - 1;
  for (const item of fresh) ordered.push(item);
  let to = ordered.length - 1;
  for (let next = fresh.length - 1; next >= 0; to--) {
    const isBehind = old >= 0 && compare(ordered[old] as T, fresh[next] as T) > 0;
    ordered[to] = (isBehind ? ordered[old--] : fresh[next--]) as T;
  }
}
