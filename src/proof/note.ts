import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';

/** C2SP signed-note: the Ed25519 signature type. Cosignatures have one of their own. */
export const ED25519 = 1;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
// DER of PKCS #8 and SPKI up to the 32 bytes of an Ed25519 key: RFC 8410 7 and 4.
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Verifies signatures made under one name and key. */
export interface NoteVerifier {
  readonly name: string;
  readonly keyId: number;
  /** `<name>+<key id, 8 hex digits>+<base64 of type and public key>`. */
  readonly verifierKey: string;
  isSignedBy(text: string, signature: Uint8Array): boolean;
}

/** Signs notes under one name. */
export interface NoteSigner {
  readonly verifier: NoteVerifier;
  sign(text: string): Uint8Array;
}

/** Why a note was not accepted. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

const isName = (name: string): boolean => /^[^\s+]+$/.test(name);

const hex8 = (keyId: number): string => keyId.toString(16).padStart(8, '0');

/** A name and an Ed25519 public key for one type of signature: its key id, its text, and the check of raw signatures. */
export function namedKey(name: string, type: number, publicKey: Uint8Array): NoteVerifier {
  if (!isName(name))
    throw new NoteError(`"${name}" cannot name a key: it is empty or has a space or a plus sign`);
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  const material = Buffer.concat([Buffer.of(type), publicKey]);
  const digest = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), material]), 'buffer');
  const keyId = digest.readUInt32BE(0);
  return {
    name,
    keyId,
    verifierKey: `${name}+${hex8(keyId)}+${material.toString('base64')}`,
    isSignedBy: (text, signature) => verify(null, Buffer.from(text), key, signature),
  };
}

/** The parts of `<name>+<key id>+<base64>`. @throws NoteError when it is not of the type, or does not add up. */
function keyParts(
  text: string,
  type: number,
  what: string,
): { name: string; keyId: string; material: Buffer } {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text);
  const [, name, keyId, encoded] = match ?? [];
  if (name === undefined || keyId === undefined || encoded === undefined)
    throw new NoteError(`not a ${what}`);
  const material = Buffer.from(encoded, 'base64');
  if (material[0] !== type || material.length !== 33)
    throw new NoteError(`the ${what} is not an Ed25519 key`);
  if (material.toString('base64') !== encoded)
    throw new NoteError(`the ${what} is not spelt in canonical base64`);
  return { name, keyId, material: material.subarray(1) };
}

/**
 * Reads a verifier key as C2SP signed-note writes it.
 *
 * @param type of the signatures that it is for. (Default: Ed25519 of notes)
 * @throws NoteError when it is none.
 */
export function parseVerifierKey(text: string, type = ED25519): NoteVerifier {
  const { name, keyId, material } = keyParts(text.trim(), type, 'verifier key');
  const verifier = namedKey(name, type, material);
  if (hex8(verifier.keyId) !== keyId)
    throw new NoteError(`the verifier key of ${name} has a key id that is not its own`);
  return verifier;
}

/** A signer from the 32 bytes of an Ed25519 private key. @throws NoteError when the name or the key will not do. */
export function signerFromSeed(name: string, seed: Uint8Array): NoteSigner {
  if (seed.length !== 32) throw new NoteError(`an Ed25519 private key has 32 bytes, not ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  return { verifier: namedKey(name, ED25519, publicKey), sign: (text) => sign(null, Buffer.from(text), key) };
}

/** Reads `PRIVATE+KEY+<name>+<key id>+<base64>`, the form other log tools keep. @throws NoteError, never with the key. */
export function parseSignerKey(text: string): NoteSigner {
  const prefix = 'PRIVATE+KEY+';
  if (!text.startsWith(prefix)) throw new NoteError('not a signer key');
  const { name, keyId, material } = keyParts(text.slice(prefix.length).trim(), ED25519, 'signer key');
  const signer = signerFromSeed(name, material);
  if (hex8(signer.verifier.keyId) !== keyId)
    throw new NoteError(`the signer key of ${name} has a key id that is not its own`);
  return signer;
}

/** A signature line without its newline. */
export const signatureLine = ({ name, keyId }: NoteVerifier, signature: Uint8Array): string =>
  `— ${name} ${Buffer.concat([Buffer.from(hex8(keyId), 'hex'), signature]).toString('base64')}`;

/** The whole note: text, blank line, one signature line for each signer. */
export const signNote = (text: string, ...signers: readonly NoteSigner[]): string =>
  `${text}\n${signers.map((signer) => `${signatureLine(signer.verifier, signer.sign(text))}\n`).join('')}`;

/** A signature line of a note, taken apart. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly bytes: Uint8Array;
}

/** Text and signatures of a note, none of them checked. @throws NoteError when the form is wrong. */
export function readNote(note: string): {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
} {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n'))
    throw new NoteError('not a signed note: no blank line before the signatures');
  if (Array.from(note).some((character) => character < ' ' && character !== '\n'))
    throw new NoteError('not a signed note: it has control characters');
  const lines = note.slice(end + 2, -1).split('\n');
  return { text: note.slice(0, end + 1), signatures: lines.map(readSignature) };
}

function readSignature(line: string): NoteSignature {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined)
    throw new NoteError('not a signed note: a signature line is malformed');
  const signature = Buffer.from(encoded, 'base64');
  if (signature.toString('base64') !== encoded || signature.length < 5)
    throw new NoteError('a signature is not spelt in canonical base64');
  return { name, keyId: signature.readUInt32BE(0), bytes: signature.subarray(4) };
}

/**
 * The text of a note that the key signed.
 *
 * @throws NoteError when the form is wrong, the key signed nothing, or its signature does not fit the text.
 */
export function openNote(note: string, verifier: NoteVerifier): string {
  const { text, signatures } = readNote(note);
  const own = signatures.filter(({ name, keyId }) => name === verifier.name && keyId === verifier.keyId);
  if (own.length === 0) {
    const others = signatures.map(({ name, keyId }) => `${name} with key ${hex8(keyId)}`).join(', ');
    throw new NoteError(`not signed by ${verifier.name} with key ${hex8(verifier.keyId)}, but by ${others}`);
  }
  if (!own.every(({ bytes }) => verifier.isSignedBy(text, bytes)))
    throw new NoteError(`the signature of ${verifier.name} does not fit the text`);
  return text;
}
