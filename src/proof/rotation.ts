import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { NoteError, openNote, parseVerifierKey, readNote, signNote } from './note.ts';
import type { NoteSigner, NoteVerifier } from './note.ts';

/**
 * A key hands over to the next one. The statement is signed by both: the old key says who follows it, the new one that
 * it takes over. It is an entry of the log (a note of kind `key`), and lies beside it in `keys/<n>`. The checkpoint of the
 * seal that has the entry, and each one after it, has to be signed by the new key; the old one is worth nothing from there.
 */
export interface Rotation {
  /** 1 for the first change of keys. */
  readonly number: number;
  readonly from: NoteVerifier;
  readonly to: NoteVerifier;
  /** The statement with both signatures. */
  readonly note: string;
}

/** Which key may sign what: key n was brought by rotation n; key 0 is the first of all. */
export interface KeyChain {
  readonly keys: readonly NoteVerifier[];
  readonly rotations: readonly Rotation[];
}

/** The kind of the note that has a rotation in it; its content is `{ "rotation": "<statement>" }`. */
export const KEY_NOTE = 'key';

const TITLE = 'plumbline key rotation v1';

/** @throws NoteError when the keys are of different names, or are the same. */
export function rotateKey(number: number, from: NoteSigner, to: NoteSigner): string {
  const { name, verifierKey } = to.verifier;
  if (from.verifier.name !== name) throw new NoteError(`${from.verifier.name} cannot hand over to ${name}`);
  if (from.verifier.verifierKey === verifierKey) throw new NoteError('the new key is the old one');
  return signNote(`${name}\n${TITLE}\n${number}\n${from.verifier.verifierKey}\n${verifierKey}\n`, from, to);
}

/** Reads a statement and checks both signatures. @throws NoteError saying what is wrong with it. */
export function parseRotation(note: string): Rotation {
  const { text } = readNote(note);
  const [name, title, number, oldKey, newKey, ...rest] = text.split('\n');
  if (title !== TITLE || !/^[1-9]\d{0,5}$/.test(number ?? '') || rest.length !== 1)
    throw new NoteError('not a statement of a change of keys');
  const [from, to] = [parseVerifierKey(oldKey ?? ''), parseVerifierKey(newKey ?? '')];
  if (from.name !== name || to.name !== name) throw new NoteError(`its keys are not of ${name}`);
  openNote(note, from);
  openNote(note, to);
  return { number: Number(number), from, to, note };
}

/**
 * The keys of a log, from the statements beside it. The trusted key may be any of them: those before it are vouched for
 * by what it signed, those after it by the statements.
 *
 * @param notes the statements, by their number; one that is missing ends the chain.
 * @throws NoteError when a statement does not hold, or the trusted key is none of the chain.
 */
export function keyChain(trusted: NoteVerifier, notes: readonly string[]): KeyChain {
  const rotations = notes.map(parseRotation);
  for (const [i, { number, from }] of rotations.entries()) {
    if (number !== i + 1) throw new NoteError(`statement ${i + 1} says that it is number ${number}`);
    if (i > 0 && rotations[i - 1]?.to.verifierKey !== from.verifierKey)
      throw new NoteError(`statement ${number} is of another key than the one before it brought`);
  }
  const [first] = rotations;
  const keys = first === undefined ? [trusted] : [first.from, ...rotations.map(({ to }) => to)];
  if (!keys.some(({ verifierKey }) => verifierKey === trusted.verifierKey))
    throw new NoteError(`the key ${trusted.verifierKey} is none of this log's, nor was it ever`);
  return { keys, rotations };
}

/** A log that never changed its key. */
export const onlyKey = (key: NoteVerifier): KeyChain => ({ keys: [key], rotations: [] });

/** The checkpoint in a note, and which key of the chain signed it. @throws NoteError when none did. */
export function openByChain(
  note: string,
  { keys }: KeyChain,
): { readonly checkpoint: Checkpoint; readonly key: number } {
  const { signatures } = readNote(note);
  const by = keys.findLastIndex(({ name, keyId }) =>
    signatures.some((signature) => signature.name === name && signature.keyId === keyId),
  );
  const key = by < 0 ? keys.length - 1 : by;
  const verifier = keys[key];
  if (verifier === undefined) throw new NoteError('there is no key to verify with');
  return { checkpoint: openCheckpoint(note, verifier), key };
}
