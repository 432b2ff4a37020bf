import { availableParallelism } from 'node:os';
import { isShared } from '../collect/registry.ts';
import type { Config } from '../config.ts';

/** How many threads are asked for. */
export const workersIn = ({ workers }: Config): number =>
  workers === 'auto' ? availableParallelism() : workers;

/**
 * The configuration of each worker: a writer's name of its own, all sources that threads can share, and every so-manieth
 * of the others. Workers that would have nothing to read are left out.
 */
export function shareOut(config: Config, count: number): readonly Config[] {
  const entries = Object.entries(config.sources);
  const alone = entries.filter(([, settings]) => !isShared(settings));
  return Array.from({ length: count }, (_, index): Config => ({
    ...config,
    lake: { ...config.lake, writer: `${config.lake.writer}-${index + 1}` },
    sources: Object.fromEntries(
      entries.filter((entry) => isShared(entry[1]) || alone.indexOf(entry) % count === index),
    ),
  })).filter(({ sources }) => Object.keys(sources).length > 0);
}
