import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PipelineError } from '../lib/errors.ts';

/** What keeps a second writer out of a lake. The operating system lets go of it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/**
 * Takes the one writer's place. SQLite's exclusive lock on an empty file is used because Node has no file locks of its
 * own, and a file with a process id in it outlives a crash and lies in containers, where ids repeat.
 *
 * @throws PipelineError LAKE_CONFLICT when another writer has it.
 */
export function lockLake(path: string): Lock {
  const database = new DatabaseSync(join(path, '_writer.lock'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new PipelineError(
      'LAKE_CONFLICT',
      `lake ${path}`,
      'another process is writing to it; stop that one, or give this one a folder of its own',
      { cause },
    );
  }
  return { release: () => database.close() };
}
