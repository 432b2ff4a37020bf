import type { TokenCredential } from '@azure/identity';
import { MINUTE_MS, SECOND_MS } from '../../lib/clock.ts';
import { retry } from '../../lib/retry.ts';
import type { CollectorContext } from '../collector.ts';
import { explainTrouble, isTransient, retryAfterMs } from './azure-trouble.ts';
import type { Need } from './azure-trouble.ts';

/** What a polling collector is made with besides its settings; tests bring their own. */
export interface PollingParts {
  /** Instead of the one that the settings name. */
  readonly credential?: TokenCredential;
  /** First pause between attempts, ms. */
  readonly retryDelayMs: number;
  readonly jitter: () => number;
}

export const realPollingParts: PollingParts = { retryDelayMs: SECOND_MS, jitter: Math.random };

const ATTEMPTS = 3;

/** Asks a service, and keeps what went wrong by the place it went wrong at. */
export interface Trying {
  /** Answers, or undefined with the problem noted; what may pass is tried again. */
  readonly tried: <T>(place: string, need: Need, attempt: () => Promise<T>) => Promise<T | undefined>;
  /** What cannot be read now, in words; a place that answers again is taken out. */
  readonly problems: () => readonly string[];
}

/** @param said to the log beside each problem: what follows from it. */
export function createTrying(
  { signal, clock, log }: Pick<CollectorContext, 'signal' | 'clock' | 'log'>,
  { retryDelayMs, jitter }: PollingParts,
  said: string,
): Trying {
  const problems = new Map<string, string>();
  return {
    problems: () => [...problems.values()],
    async tried(place, need, attempt) {
      try {
        const value = await retry(
          { attempts: ATTEMPTS, firstDelayMs: retryDelayMs, maxDelayMs: MINUTE_MS },
          {
            signal,
            jitter,
            isRetryable: isTransient,
            askedDelayMs: (thrown) => retryAfterMs(thrown, clock),
          },
          attempt,
        );
        problems.delete(place);
        return value;
      } catch (thrown) {
        if (signal.aborted) return undefined;
        const problem = `${place}: ${explainTrouble(thrown, need)}`;
        problems.set(place, problem);
        log.warn({ problem }, said);
        return undefined;
      }
    },
  };
}
