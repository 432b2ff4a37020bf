import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PipelineError } from '../lib/errors.ts';

/** What keeps a second process from writing under the same name. The operating system lets go of it when the process ends, however it ends. */
export interface Lock {
  /** True when whoever had it before surely writes no more. */
  readonly isExclusive: boolean;
  /** False once it was lost to another process. */
  readonly isHeld: boolean;
  release(): void | Promise<void>;
}

/**
 * Takes a writer's place. SQLite's exclusive lock on an empty file is used because Node has no file locks of its
 * own, and a file with a process id in it outlives a crash and lies in containers, where ids repeat.
 *
 * @throws PipelineError LAKE_CONFLICT when another process has it.
 */
export function lockLake(path: string, writer: string): Lock {
  mkdirSync(path, { recursive: true });
  const database = new DatabaseSync(join(path, `_writer-${writer}.lock`));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new PipelineError(
      'LAKE_CONFLICT',
      `lake ${path}`,
      `another process is writing to it as ${writer}; stop that one, or give this one a name of its own (lake.writer)`,
      { cause },
    );
  }
  return { isExclusive: true, isHeld: true, release: () => database.close() };
}
