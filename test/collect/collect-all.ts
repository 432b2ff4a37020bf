import { createCollector } from '../../src/collect/registry.ts';
import type { CollectorSettings } from '../../src/collect/registry.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { T0 } from '../support/samples.ts';

export interface Collected {
  readonly captures: readonly Capture[];
  /** What could not be read. */
  readonly problems: readonly string[];
}

/** Runs a collector that ends by itself. */
export async function collectAll(
  source: string,
  settings: CollectorSettings,
  durable: ReadonlyMap<string, number> = new Map(),
): Promise<Collected> {
  const collector = createCollector(settings, {
    source,
    signal: new AbortController().signal,
    clock: () => T0,
    log: silentLogger,
    durableSequence: (stream) => Promise.resolve(durable.get(stream)),
  });
  const captures: Capture[] = [];
  for await (const batch of collector.batches()) captures.push(...batch);
  return { captures, problems: collector.problems?.() ?? [] };
}
