import { isMap, parseCanonical } from '../proof/canonical.ts';
import type { JsonMap } from '../proof/canonical.ts';
import { canonical } from '../proof/canonical.ts';
import type { Files } from './files.ts';

/** Where the newest commits of each writer lie, as of a checkpoint of `captures`. */
export interface Heads {
  /** The version that the checkpoint is of. */
  readonly version: number;
  /** By the origin of the log. */
  readonly writers: ReadonlyMap<string, HeadVersions>;
}

/** Versions of `captures`: of a writer's newest seal, and of the one before it; 0 when there is none. */
export interface HeadVersions {
  readonly newest: number;
  readonly before: number;
}

/**
 * A hint that spares whoever opens the lake most of its commits: a checkpoint of Delta says which seal of each writer is
 * the newest, and not where it lies. Nobody has to believe it: what it points to says whose seal it is.
 */
export const HEADS_PATH = '_heads';

export const encodeHeads = ({ version, writers }: Heads): string =>
  canonical({ version, writers: Object.fromEntries(writers) as unknown as JsonMap });

const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Undefined when there is none, or none that can be read. */
export async function readHeads(files: Files): Promise<Heads | undefined> {
  const value = parseCanonical((await files.read(HEADS_PATH))?.toString() ?? '');
  if (!isMap(value) || !isVersion(value['version']) || !isMap(value['writers'])) return undefined;
  const writers = new Map<string, HeadVersions>();
  for (const [origin, at] of Object.entries(value['writers'])) {
    if (!isMap(at) || !isVersion(at['newest']) || !isVersion(at['before'])) return undefined;
    writers.set(origin, { newest: at['newest'], before: at['before'] });
  }
  return { version: value['version'], writers };
}
