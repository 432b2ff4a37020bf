import type { Json } from './canonical.ts';
import type { Checkpoint } from './checkpoint.ts';
import { commitFile, parseCapturesCommit } from './commits.ts';
import { NoteError, parseVerifierKey } from './note.ts';
import type { NoteVerifier } from './note.ts';
import { keyChain, onlyKey, openByChain } from './rotation.ts';
import type { KeyChain } from './rotation.ts';
import type { CommitIndex } from './verify-commits.ts';
import { createFaultList } from './verify-port.ts';
import type { KeptNote } from './verify-places.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** A log and the key it must be signed with. */
export interface LogPlace {
  /** Is told of every note. */
  readonly takeNote?: (name: string, note: Json) => void;
  /** `log/<writer>`. */
  readonly folder: string;
  /** The key that is trusted. */
  readonly verifier: NoteVerifier;
  /** It, and those it handed over to or took over from. */
  readonly chain: KeyChain;
}

/** A checkpoint that a key of the log signed; `key` is its number in the chain. */
type Opened = Checkpoint & { readonly key: number };

/** Checkpoints that the log signed, by size. */
export type Authentic = Map<number, Opened & { readonly note: string }>;

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The checkpoint in a note, if it is our log's; a fault otherwise. */
function open(
  note: Uint8Array | string | undefined,
  { verifier, chain }: LogPlace,
  place: string,
  faults: FaultList,
): Opened | undefined {
  if (note === undefined) {
    faults.add('checkpoint', place, 'the file is missing');
    return undefined;
  }
  try {
    const { checkpoint, key } = openByChain(typeof note === 'string' ? note : text(note), chain);
    if (checkpoint.origin === verifier.name) return { ...checkpoint, key };
    faults.add('checkpoint', place, `it is of the log ${checkpoint.origin}, not ${verifier.name}`);
  } catch (thrown) {
    faults.add('checkpoint', place, thrown instanceof Error ? thrown.message : String(thrown));
  }
  return undefined;
}

/** The keys of a log: the trusted one, and those that the statements in `keys/` tie to it. */
export async function readChain(
  files: LakeFiles,
  folder: string,
  verifier: NoteVerifier,
  faults: FaultList,
): Promise<KeyChain> {
  const notes: string[] = [];
  for (;;) {
    const bytes = await files.read(`${folder}/keys/${notes.length + 1}`);
    if (bytes === undefined) break;
    notes.push(text(bytes));
  }
  try {
    return keyChain(verifier, notes);
  } catch (thrown) {
    if (!(thrown instanceof NoteError)) throw thrown;
    faults.add('key', `${folder}/keys`, thrown.message);
    return onlyKey(verifier);
  }
}

/** The first public key of the log lies in it; it must be the one verified with, or tied to it. */
export async function checkKey(
  files: LakeFiles,
  { folder, chain }: LogPlace,
  faults: FaultList,
): Promise<void> {
  const place = `${folder}/verifier.vkey`;
  const bytes = await files.read(place);
  const first = chain.keys[0]?.verifierKey;
  if (bytes === undefined) faults.add('key', place, 'the file is missing');
  else if (text(bytes) !== `${first}\n`)
    faults.add('key', place, `it is not the key verified with, ${first}`);
}

/** The key that a log says is its own, when all in it agrees on another name than the given key's: that is no wrong key, but of another log. */
export async function strangerIn(
  files: LakeFiles,
  folder: string,
  given: NoteVerifier,
): Promise<NoteVerifier | undefined> {
  const checkpoint = await files.read(`${folder}/checkpoint`);
  const key = await files.read(`${folder}/verifier.vkey`);
  if (checkpoint === undefined || key === undefined) return undefined;
  const [said] = text(checkpoint).split('\n', 1);
  try {
    const own = parseVerifierKey(text(key).trim());
    return own.name === said && own.name !== given.name ? own : undefined;
  } catch {
    return undefined;
  }
}

/** Every kept checkpoint that the key signed. @param paths where they are kept. */
export async function readKeptCheckpoints(
  files: LakeFiles,
  log: LogPlace,
  paths: readonly string[],
  faults: FaultList,
): Promise<Authentic> {
  const { folder } = log;
  const authentic: Authentic = new Map();
  for (const path of paths) {
    const bytes = await files.read(path);
    const checkpoint = open(bytes, log, path, faults);
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
  log: LogPlace,
  authentic: Authentic,
  captures: CommitIndex,
  pause: (() => Promise<void>) | undefined,
  faults: FaultList,
): Promise<number> {
  const { folder, verifier } = log;
  const quiet = createFaultList(0);
  const place = `${folder}/checkpoint`;
  const newestCommit = captures.newestOf(verifier.name);
  const commit =
    newestCommit === undefined
      ? undefined
      : await files.read(`captures/_delta_log/${commitFile(newestCommit)}`);
  const note = commit === undefined ? undefined : parseCapturesCommit(text(commit))?.head.checkpoint;
  const committed = note === undefined ? undefined : open(note, log, '', quiet);
  if (committed !== undefined && note !== undefined && !authentic.has(committed.size)) {
    authentic.set(committed.size, { ...committed, note });
  }
  const newest = Math.max(0, ...authentic.keys());
  let bytes = await files.read(place);
  if (bytes === undefined && newest === 0) return 0;
  for (let i = 0; i < PAUSES; i++) {
    const now = bytes === undefined ? undefined : open(bytes, log, '', quiet);
    if (pause === undefined || (now !== undefined && now.size >= newest)) break;
    await pause();
    bytes = await files.read(place);
  }
  const published = open(bytes, log, place, faults);
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
  notes: readonly KeptNote[],
  log: LogPlace,
  size: number,
  faults: FaultList,
): Map<number, Buffer[]> {
  const known = new Map<number, Buffer[]>();
  for (const { place, note } of notes) {
    const checkpoint = open(note, log, place, faults);
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
