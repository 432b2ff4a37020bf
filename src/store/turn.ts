import type { TableName } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { capturesCommit } from '../proof/commits.ts';
import { signPosition } from '../proof/position.ts';
import type { SealFacts } from '../proof/commits.ts';
import type { CommitPosition } from '../proof/position.ts';
import type { StreamFacts } from '../proof/entries.ts';
import type { Seal } from './commits.ts';
import { commitPath } from './delta-log.ts';
import type { LakePlace } from './seal.ts';
import { advance, readSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Creates a version of a table with the commit of a seal; false when it is taken by a commit that says something else.
 *
 * @param textAt the commit, with where it stands.
 */
export async function createCommit(
  { files, origin, signer }: LakePlace,
  table: TableName,
  version: number,
  { seal, positions }: SealFacts,
  textAt: (position: CommitPosition | undefined) => string,
): Promise<boolean> {
  const text = textAt(
    positions === undefined ? undefined : signPosition(signer, { origin, seal, table, version }),
  );
  const commit = commitPath(table, version);
  if (await files.create(commit, Buffer.from(text))) return true;
  // An answer may have been lost: then it is our own commit that is in the way.
  const present = await files.read(commit);
  return present?.toString() === text;
}

/** Refuses to go on where another writer has been meanwhile, with everything in `known` taken into account. */
function checkTurn(
  { files, writer }: LakePlace,
  known: Snapshot,
  { facts }: Seal,
  streams: readonly StreamFacts[],
): void {
  for (const { stream, first } of streams) {
    const durable = known.cursors.get(stream);
    if (durable === undefined || durable < first) continue;
    throw new PipelineError(
      'STREAM_TAKEN',
      `lake ${files.place}`,
      `another writer has sealed ${stream} up to ${durable}, and ${writer} has it from ${first} on; what ${writer} had not sealed is dropped, and the stream is to be taken up again from what is durable`,
    );
  }
  for (const [table, removes] of Object.entries(facts.removes ?? {})) {
    const live = new Set(known.files[table as TableName].map((file) => file.path));
    const gone = removes.find((remove) => !live.has(`${table}/${remove.path}`));
    if (gone === undefined) continue;
    throw new PipelineError(
      'STREAM_TAKEN',
      `lake ${files.place}`,
      `another writer has taken ${table}/${gone.path} out meanwhile; plan the maintenance again`,
    );
  }
}

/**
 * Commits a seal at the next version of `captures` that is free, and answers the lake with it. Every commit before it
 * has been read when it is made, so that nothing another writer has sealed is sealed again.
 *
 * @throws PipelineError STREAM_TAKEN when another writer has sealed some of it; LAKE_CONFLICT when another process
 *   writes under this writer's name.
 */
export async function takeTurn(
  place: LakePlace,
  snapshot: Snapshot,
  seal: Seal,
  streams: readonly StreamFacts[],
): Promise<Snapshot> {
  const { files, origin, writer } = place;
  const { facts, head } = seal;
  for (let known = snapshot; ; known = await readSnapshot(files, known)) {
    const own = known.writers.get(origin);
    if (own !== undefined && own.seals >= facts.seal) {
      // Said to have failed, and yet made: the answer was lost.
      if (capturesCommit(own.newest.facts, own.newest.head) === capturesCommit(facts, head)) return known;
      throw new PipelineError(
        'LAKE_CONFLICT',
        `lake ${files.place}`,
        `another process writes as ${writer} and has made its seal ${own.seals}; give each process a name of its own (lake.writer), then start again`,
      );
    }
    checkTurn(place, known, seal, streams);
    const isMade = await createCommit(place, 'captures', known.seals + 1, facts, (position) =>
      capturesCommit(facts, head, position),
    );
    if (isMade) return advance(known, [seal]);
  }
}
