import type { TableName } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { parseCapturesCommit } from '../proof/commits.ts';
import type { SealFacts, SealHead } from '../proof/commits.ts';
import { emptyState, replay } from '../proof/delta-state.ts';
import { commitPath } from './delta-log.ts';
import type { Files } from './files.ts';
import { checkReadable } from './schema.ts';

/** A seal as its commit of `captures` has it. */
export interface Seal {
  readonly facts: SealFacts;
  readonly head: SealHead;
}

/** So many commits are asked for at once, at the most: a container answers each as slowly as all of them. */
const MOST = 16;

/** The texts of a table's commits from a version on, in their order, up to the first that is not there. */
export async function* commitsFrom(files: Files, table: TableName, version: number): AsyncGenerator<string> {
  let next = version;
  for (let many = 1; ; many = Math.min(many * 2, MOST)) {
    const first = next;
    next += many;
    const read = Array.from({ length: many }, (_, i) => files.read(commitPath(table, first + i)));
    for (const bytes of await Promise.all(read)) {
      if (bytes === undefined) return;
      yield bytes.toString();
    }
  }
}

/**
 * @throws PipelineError LAKE_CORRUPT when the commit is not one that a writer of this product makes; LAKE_NEWER when it
 *   changes what a reader has to know.
 */
export function sealOf(files: Files, version: number, text: string): Seal {
  const commit = parseCapturesCommit(text);
  if (commit !== undefined) return { facts: commit.facts, head: commit.head };
  const { protocol } = replay(emptyState(), [text]);
  if (protocol !== undefined) checkReadable(files.place, { captures: { protocol, metaData: undefined } });
  throw new PipelineError(
    'LAKE_CORRUPT',
    `lake ${files.place}`,
    `${commitPath('captures', version)} was not written by this product or was changed; run verify`,
  );
}

/** The seals that were committed from a version of `captures` on, with their versions. */
export async function* sealsFrom(
  files: Files,
  from: number,
): AsyncGenerator<Seal & { readonly version: number }> {
  let version = from;
  for await (const text of commitsFrom(files, 'captures', version)) {
    yield { ...sealOf(files, version, text), version };
    version++;
  }
}
