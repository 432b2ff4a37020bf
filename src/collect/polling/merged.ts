/** Items of several sources as they come; ends when all have ended, and ends all when it is left. */
export async function* merged<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  type Step = { readonly source: AsyncGenerator<T>; readonly result: IteratorResult<T, unknown> };
  const stepOf = async (source: AsyncGenerator<T>): Promise<Step> => ({
    source,
    result: await source.next(),
  });
  const waiting = new Map(sources.map((source) => [source, stepOf(source)]));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result.done === true) waiting.delete(source);
      else {
        // Asked again only after the item was taken: whoever takes slowly is not run over.
        yield result.value;
        waiting.set(source, stepOf(source));
      }
    }
  } finally {
    for (const [source, step] of waiting) {
      // A source that waits for its next period ends with its signal; nobody waits for it here.
      step.catch(() => undefined);
      void source.return(undefined).catch(() => undefined);
    }
  }
}
