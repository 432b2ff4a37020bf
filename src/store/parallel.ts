/** So many writes wait for the disk at once: it syncs many for the price of a few. */
const LIMIT = 16;

/**
 * Runs a task an item, several at a time. Waits for every task that was begun, also when one fails, so that nothing is
 * still being written afterwards; then throws the first error.
 */
export async function inParallel<T>(items: Iterable<T>, task: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true && failures.length === 0; next = queue.next()) {
      try {
        await task(next.value);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: LIMIT }, worker));
  if (failures.length > 0) throw failures[0];
}
