import type { TokenCredential } from '@azure/identity';
import type { Collector, CollectorContext } from '../../../src/collect/collector.ts';
import type { PollingParts } from '../../../src/collect/polling/trying.ts';
import type { Capture } from '../../../src/domain/capture.ts';
import { createLogger } from '../../../src/lib/log.ts';
import { createNormalise } from '../../../src/normalise/normalise.ts';
import { normalisers } from '../../../src/normalise/registry.ts';
import { T0 } from '../samples.ts';
import { TOKEN } from './server.ts';

export const credential: TokenCredential = {
  getToken: () => Promise.resolve({ token: TOKEN, expiresOnTimestamp: Date.now() + 86_400_000 }),
};

export interface Poll {
  readonly create: (context: CollectorContext, parts: PollingParts) => Collector;
  readonly durable?: ReadonlyMap<string, number>;
  /** Ends the run when it holds. */
  readonly until: (captures: readonly Capture[], problems: readonly string[]) => boolean;
  readonly clock?: () => number;
  readonly context?: Partial<CollectorContext>;
}

export interface Polled {
  readonly captures: readonly Capture[];
  /** Every problem there was at any time. */
  readonly problems: readonly string[];
  /** Those that there still are. */
  readonly now: readonly string[];
  /** The log, a line each. */
  readonly lines: string;
}

/** Runs a collector that asks again and again, until enough has come. */
export async function poll({
  create,
  durable = new Map(),
  until,
  clock = () => T0,
  context,
}: Poll): Promise<Polled> {
  const enough = new AbortController();
  let lines = '';
  const sink = {
    write: (line: string) => {
      lines += line;
      return true;
    },
  };
  const collector = create(
    {
      source: 'polled',
      signal: enough.signal,
      clock,
      log: createLogger('debug', sink as never),
      durableSequence: (stream) => Promise.resolve(durable.get(stream)),
      ...context,
    },
    { credential, retryDelayMs: 1, jitter: () => 0 },
  );
  const captures: Capture[] = [];
  const problems = new Set<string>();
  const look = (): void => {
    for (const problem of collector.problems?.() ?? []) problems.add(problem);
    if (until(captures, [...problems])) enough.abort();
  };
  const watch = setInterval(look, 5);
  try {
    for await (const batch of collector.batches()) captures.push(...batch);
  } finally {
    clearInterval(watch);
  }
  return { captures, problems: [...problems], now: collector.problems?.() ?? [], lines };
}

/** Last sequence of each stream. */
export const durableOf = (captures: readonly Capture[]): Map<string, number> =>
  new Map(captures.map(({ stream, sequence }) => [stream, sequence]));

/** What the captures normalise to. */
export const eventsOf = (captures: readonly Capture[]) =>
  captures.flatMap((capture) => createNormalise(normalisers)(capture).items.map(({ fields }) => fields));

/** A clock that goes on by itself from a moment. */
export function clockFrom(start: number, speed = 1): () => number {
  const startedAt = performance.now();
  return () => start + (performance.now() - startedAt) * speed;
}
