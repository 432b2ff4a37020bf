import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { commitFile, parseCapturesCommit } from './commits.ts';
import type { NoteVerifier } from './note.ts';
import { parseTilePath } from './tiles.ts';
import type { CommitIndex } from './verify-commits.ts';
import { createFaultList } from './verify-port.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** A log and the key it must be signed with. */
export interface LogPlace {
  /** `log/<writer>`. */
  readonly folder: string;
  readonly verifier: NoteVerifier;
}

/** Checkpoints that the key signed, by size. */
export type Authentic = Map<number, Checkpoint & { readonly note: string }>;

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The checkpoint in a note, if it is our log's; a fault otherwise. */
function open(
  note: Uint8Array | string | undefined,
  verifier: NoteVerifier,
  place: string,
  faults: FaultList,
): Checkpoint | undefined {
  if (note === undefined) {
    faults.add('checkpoint', place, 'the file is missing');
    return undefined;
  }
  try {
    const checkpoint = openCheckpoint(typeof note === 'string' ? note : text(note), verifier);
    if (checkpoint.origin === verifier.name) return checkpoint;
    faults.add('checkpoint', place, `it is of the log ${checkpoint.origin}, not ${verifier.name}`);
  } catch (thrown) {
    faults.add('checkpoint', place, thrown instanceof Error ? thrown.message : String(thrown));
  }
  return undefined;
}

/** Files that a log may have; anything else in it is a fault. */
export function checkLogPaths(folder: string, paths: readonly string[], faults: FaultList): void {
  for (const path of paths) {
    const name = path.slice(folder.length + 1);
    if (name === 'checkpoint' || name === 'verifier.vkey') continue;
    if (/^checkpoints\/[1-9]\d*$/.test(name)) continue;
    if (parseTilePath(name) !== undefined) continue;
    faults.add('unexpected', path, 'a log has no such file');
  }
}

/** The public key that lies in the log must be the one it is verified with. */
export async function checkKey(
  files: LakeFiles,
  { folder, verifier }: LogPlace,
  faults: FaultList,
): Promise<void> {
  const place = `${folder}/verifier.vkey`;
  const bytes = await files.read(place);
  if (bytes === undefined) faults.add('key', place, 'the file is missing');
  else if (text(bytes) !== `${verifier.verifierKey}\n`) {
    faults.add('key', place, `it is not the key verified with, ${verifier.verifierKey}`);
  }
}

/** Every kept checkpoint that the key signed. */
export async function readKeptCheckpoints(
  files: LakeFiles,
  { folder, verifier }: LogPlace,
  paths: readonly string[],
  faults: FaultList,
): Promise<Authentic> {
  const authentic: Authentic = new Map();
  for (const path of paths) {
    if (!path.startsWith(`${folder}/checkpoints/`)) continue;
    const bytes = await files.read(path);
    const checkpoint = open(bytes, verifier, path, faults);
    if (checkpoint === undefined || bytes === undefined) continue;
    if (path !== `${folder}/checkpoints/${checkpoint.size}`)
      faults.add('checkpoint', path, `it is of size ${checkpoint.size}`);
    else authentic.set(checkpoint.size, { ...checkpoint, note: text(bytes) });
  }
  return authentic;
}

const PAUSES = 40;

/**
 * Leaves under the newest checkpoint in the lake, wherever that is kept; `authentic` learns of it. A published one that
 * is older is a fault: a lake must not be rolled back.
 *
 * @param captures where the commits of `captures` are.
 * @param pause waits for a writer between its commit and its checkpoint.
 */
export async function readHead(
  files: LakeFiles,
  { folder, verifier }: LogPlace,
  authentic: Authentic,
  captures: CommitIndex,
  pause: (() => Promise<void>) | undefined,
  faults: FaultList,
): Promise<number> {
  const quiet = createFaultList(0);
  const place = `${folder}/checkpoint`;
  const newestCommit = captures.newestOf(verifier.name);
  const commit =
    newestCommit === undefined
      ? undefined
      : await files.read(`captures/_delta_log/${commitFile(newestCommit)}`);
  const note = commit === undefined ? undefined : parseCapturesCommit(text(commit))?.head.checkpoint;
  const committed = note === undefined ? undefined : open(note, verifier, '', quiet);
  if (committed !== undefined && note !== undefined && !authentic.has(committed.size)) {
    authentic.set(committed.size, { ...committed, note });
  }
  const newest = Math.max(0, ...authentic.keys());
  let bytes = await files.read(place);
  if (bytes === undefined && newest === 0) return 0;
  for (let i = 0; i < PAUSES; i++) {
    const now = bytes === undefined ? undefined : open(bytes, verifier, '', quiet);
    if (pause === undefined || (now !== undefined && now.size >= newest)) break;
    await pause();
    bytes = await files.read(place);
  }
  const published = open(bytes, verifier, place, faults);
  if (published === undefined || bytes === undefined) return newest;
  if (published.size < newest) {
    faults.add(
      'rollback',
      place,
      `it is of size ${published.size}, and the lake has a signed checkpoint of size ${newest}: it was put back, ` +
        'or a crash came before it was published (opening the lake for writing once mends that)',
    );
  }
  const same = authentic.get(published.size);
  if (same === undefined) authentic.set(published.size, { ...published, note: text(bytes) });
  else if (same.note !== text(bytes)) faults.add('checkpoint', place, 'it is not the one kept for its size');
  return Math.max(newest, published.size);
}

/** Roots that the log must have had, by size, from checkpoints kept elsewhere. */
export function readKnown(
  notes: readonly string[],
  verifier: NoteVerifier,
  size: number,
  faults: FaultList,
): Map<number, Buffer[]> {
  const known = new Map<number, Buffer[]>();
  for (const [i, note] of notes.entries()) {
    const place = `known checkpoint ${i + 1}`;
    const checkpoint = open(note, verifier, place, faults);
    if (checkpoint === undefined) continue;
    if (checkpoint.size > size) {
      faults.add(
        'rollback',
        place,
        `it is of size ${checkpoint.size}, and the lake ends at ${size}: the lake was rolled back`,
      );
    } else {
      known.set(checkpoint.size, [...(known.get(checkpoint.size) ?? []), checkpoint.root]);
    }
  }
  return known;
}
