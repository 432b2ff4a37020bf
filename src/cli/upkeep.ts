import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import { writerOf } from '../proof/commits.ts';
import type { Files } from '../store/files.ts';
import { folderFiles } from '../store/folder-files.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import type { Lake } from '../store/lake.ts';
import { lakeAt } from '../store/place.ts';
import { readSnapshot } from '../store/snapshot.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';
import { openConfiguredLake } from './payload.ts';

/** The lake as one of its writers maintains it: each looks after its own files alone. */
export interface Upkeep {
  readonly origin: string;
  readonly writer: string;
  readonly files: Files;
  readonly lake: Lake;
}

/** Text of a file that a person named. */
export function readGiven(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PipelineError('INPUT_UNREADABLE', path, describeError(cause), { cause });
  }
}

/** Without writing anything: the origins of the lake's writers, and its files. */
export async function readUpkeep(
  config: Config,
): Promise<{ readonly origins: readonly string[]; readonly files: Files }> {
  const { files, path } = await placeOf(config, config.lake.writer);
  const reachable = files ?? folderFiles(path);
  const { writers } = await readSnapshot(reachable);
  return { origins: [...writers.keys()].toSorted(), files: reachable };
}

const placeOf = (config: Config, writer: string): ReturnType<typeof lakeAt> =>
  lakeAt({
    folder: foldersIn(config.data).lake,
    container: config.lake.container,
    writer,
    jitter: Math.random,
  });

/**
 * Opens the lake as each of its writers in turn.
 *
 * @throws PipelineError LAKE_CONFLICT when a process of one of them is running: maintenance is for when it is not.
 */
export async function forEachWriter(
  io: Io,
  config: Config,
  work: (upkeep: Upkeep) => Promise<void>,
): Promise<void> {
  const { origins } = await readUpkeep(config);
  if (origins.length === 0)
    throw new PipelineError(
      'INPUT_UNREADABLE',
      foldersIn(config.data).lake,
      'there is no sealed evidence here; is this the right configuration?',
    );
  for (const origin of origins) {
    const writer = writerOf(origin) ?? config.lake.writer;
    const signer = await loadOrCreateSigner(foldersIn(config.data).signingKey, origin);
    const at = await placeOf(config, writer);
    const { origin: lakeOrigin } = config.lake;
    const opening = { ...at, origin: lakeOrigin, writer, signer, clock: io.clock };
    const lake = await openConfiguredLake(config, opening);
    try {
      await work({ origin, writer, lake, files: at.files ?? folderFiles(at.path, writer) });
    } finally {
      await lake.close();
    }
  }
}
