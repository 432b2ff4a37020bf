import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Wait before the second attempt; doubles after each, up to `maxDelayMs`. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export interface RetryContext {
  readonly signal: AbortSignal;
  /** In [0, 1): spreads the waits so that many callers do not come back at once. */
  readonly jitter: () => number;
  readonly isRetryable: (thrown: unknown) => boolean;
  /** A wait that the far side asked for (Retry-After), when it did. */
  readonly askedDelayMs?: (thrown: unknown) => number | undefined;
}

/** Calls `attempt` until it succeeds, an error is final, attempts run out or the signal aborts. */
export async function retry<T>(
  policy: RetryPolicy,
  context: RetryContext,
  attempt: (attemptNumber: number) => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (thrown) {
      if (number >= policy.attempts || !context.isRetryable(thrown) || context.signal.aborted) throw thrown;
      const backoffMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (number - 1));
      const delayMs = context.askedDelayMs?.(thrown) ?? backoffMs * (0.5 + context.jitter() / 2);
      await sleep(delayMs, undefined, { signal: context.signal });
    }
  }
}
