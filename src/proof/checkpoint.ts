import { HASH_BYTES } from './merkle.ts';
import { NoteError, openNote, signNote } from './note.ts';
import type { NoteSigner, NoteVerifier } from './note.ts';

/** A tree head: C2SP tlog-checkpoint, without extension lines. */
export interface Checkpoint {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  readonly root: Buffer;
}

/** The text that is signed. */
export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`;

/** The signed checkpoint as it is published. Ed25519 signatures are deterministic, and so is this. */
export const signCheckpoint = (checkpoint: Checkpoint, signer: NoteSigner): string =>
  signNote(checkpointText(checkpoint), signer);

/** Reads the text of a checkpoint. @throws NoteError when it is not one, or has extension lines, which we never write. */
export function parseCheckpointText(text: string): Checkpoint {
  const [, origin, size, encoded] = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/=]+)\n$/.exec(text) ?? [];
  if (origin === undefined || size === undefined || encoded === undefined) {
    throw new NoteError('not a checkpoint: want three lines with origin, size and root hash');
  }
  const root = Buffer.from(encoded, 'base64');
  if (root.length !== HASH_BYTES || root.toString('base64') !== encoded) {
    throw new NoteError('not a checkpoint: the root hash is not 32 bytes of base64');
  }
  if (!Number.isSafeInteger(Number(size)))
    throw new NoteError(`not a checkpoint: size ${size} is out of range`);
  return { origin, size: Number(size), root };
}

/** The checkpoint of a note that the key signed. @throws NoteError saying why not. */
export const openCheckpoint = (note: string, verifier: NoteVerifier): Checkpoint =>
  parseCheckpointText(openNote(note, verifier));
