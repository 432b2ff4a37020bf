import { namedKey, NoteError, parseVerifierKey, readNote, signatureLine } from './note.ts';
import type { NoteSigner, NoteVerifier } from './note.ts';

/**
 * Witnesses: others who saw a checkpoint, found that it extends the last one they saw, and said so with the time.
 * C2SP tlog-cosignature, its Ed25519 form (`cosignature/v1`).
 */
const COSIGNATURE = 4;
const TIMESTAMP_BYTES = 8;

/** One witness's word for a checkpoint. */
export interface Cosignature {
  readonly witness: string;
  /** When it was given, epoch seconds. */
  readonly time: number;
}

/** The key of a witness, as a C2SP verifier key of type 0x04. @throws NoteError when it is none. */
export const parseWitnessKey = (text: string): NoteVerifier => parseVerifierKey(text, COSIGNATURE);

/** The key of a witness from its 32 public bytes. */
export const witnessKey = (name: string, publicKey: Uint8Array): NoteVerifier =>
  namedKey(name, COSIGNATURE, publicKey);

const signedText = (time: bigint, checkpointText: string): string =>
  `cosignature/v1\ntime ${time}\n${checkpointText}`;

/**
 * The witness's own line under a note. This is what a witness does; it has to check consistency first.
 *
 * @param time epoch seconds.
 */
export function cosign(note: string, witness: NoteVerifier, signer: NoteSigner, time: number): string {
  const timestamp = Buffer.alloc(TIMESTAMP_BYTES);
  timestamp.writeBigUInt64BE(BigInt(time));
  const signature = signer.sign(signedText(BigInt(time), readNote(note).text));
  return `${note}${signatureLine(witness, Buffer.concat([timestamp, signature]))}\n`;
}

/**
 * The cosignatures under a note by the witnesses that are trusted; lines of others say nothing.
 *
 * @throws NoteError when a line of a trusted witness does not fit: the note was changed, or it is forged.
 */
export function cosignaturesOf(note: string, witnesses: readonly NoteVerifier[]): Cosignature[] {
  const { text, signatures } = readNote(note);
  const found: Cosignature[] = [];
  for (const { name, keyId, bytes } of signatures) {
    const witness = witnesses.find((known) => known.name === name && known.keyId === keyId);
    if (witness === undefined) continue;
    const timestamp = Buffer.from(bytes.subarray(0, TIMESTAMP_BYTES));
    const time = timestamp.length === TIMESTAMP_BYTES ? timestamp.readBigUInt64BE() : -1n;
    const isTime = time >= 0n && time <= BigInt(Number.MAX_SAFE_INTEGER);
    if (!isTime || !witness.isSignedBy(signedText(time, text), bytes.subarray(TIMESTAMP_BYTES)))
      throw new NoteError(`the cosignature of ${name} does not fit the checkpoint`);
    found.push({ witness: name, time: Number(time) });
  }
  return found;
}
