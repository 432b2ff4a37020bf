import { PipelineError } from '../lib/errors.ts';
import { originOf } from '../proof/commits.ts';
import { NoteError, parseVerifierKey } from '../proof/note.ts';
import type { NoteSigner } from '../proof/note.ts';
import { keyChain, openByChain, rotateKey } from '../proof/rotation.ts';
import type { KeyChain } from '../proof/rotation.ts';
import type { Files } from './files.ts';
import { keyStatementPath, verifierKeyPath } from './publish.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * The keys of a log, from what lies in it.
 *
 * @throws PipelineError LAKE_CORRUPT when they do not hold together.
 */
export async function readKeyChain(files: Files, writer: string): Promise<KeyChain> {
  const key = await files.read(verifierKeyPath(writer));
  const notes: string[] = [];
  for (;;) {
    const note = await files.read(keyStatementPath(writer, notes.length + 1));
    if (note === undefined) break;
    notes.push(note.toString());
  }
  try {
    return keyChain(parseVerifierKey(key?.toString().trim() ?? ''), notes);
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    const what = `the keys of its log ${writer} do not hold together (${cause.message}); run verify to see what differs, nothing was written`;
    throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what, { cause });
  }
}

/** Which key of the chain signed a checkpoint; undefined when none did. */
export function signerOf(checkpoint: string, chain: KeyChain): number | undefined {
  try {
    return openByChain(checkpoint, chain).key;
  } catch {
    return undefined;
  }
}

/** The signers of a log before and after a change of keys, by the log's origin. */
export interface Rotating {
  readonly from: (origin: string) => NoteSigner;
  readonly to: (origin: string) => NoteSigner;
}

/**
 * Puts the statement that a key hands over to the next into each log of a lake that the key signs, durably. The next seal
 * that the new key makes says it, and from there on the old one is worth nothing. Doing it again changes nothing; a
 * statement that no seal has said yet gives way to another.
 *
 * @returns the writers whose keys change.
 * @throws PipelineError LAKE_CONFLICT when the key has handed over already.
 */
export async function stateRotation(
  files: Files,
  lakeOrigin: string,
  { from, to }: Rotating,
): Promise<readonly string[]> {
  const { writers } = await readSnapshot(files);
  const changed: string[] = [];
  for (const writer of await files.list('log')) {
    if ((await files.read(verifierKeyPath(writer))) === undefined) continue;
    const origin = originOf(lakeOrigin, writer);
    const [before, after] = [from(origin), to(origin)];
    const chain = await readKeyChain(files, writer);
    const number = chain.keys.findIndex(({ verifierKey }) => verifierKey === before.verifier.verifierKey);
    if (number < 0) continue;
    const newest = writers.get(origin)?.newest.head.checkpoint;
    const signed = newest === undefined ? 0 : signerOf(newest, chain);
    if (signed === undefined || signed > number) {
      const what = `its log ${writer} has handed over from this key already; rotate the one that signs it now`;
      throw new PipelineError('LAKE_CONFLICT', `lake ${files.place}`, what);
    }
    const statement = Buffer.from(rotateKey(number + 1, before, after));
    await files.replace(keyStatementPath(writer, number + 1), statement);
    changed.push(writer);
  }
  return changed;
}
