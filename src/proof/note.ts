import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto';

/** C2SP signed-note, with its Ed25519 signature type alone. */
const ED25519 = 1;
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

function keyIdOf(name: string, publicKey: Uint8Array): number {
  const digest = hash(
    'sha256',
    Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ED25519), publicKey]),
    'buffer',
  );
  return digest.readUInt32BE(0);
}

const hex8 = (keyId: number): string => keyId.toString(16).padStart(8, '0');

function verifierOf(name: string, publicKey: Uint8Array): NoteVerifier {
  if (!isName(name))
    throw new NoteError(`"${name}" cannot name a key: it is empty or has a space or a plus sign`);
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  const keyId = keyIdOf(name, publicKey);
  const material = Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64');
  return {
    name,
    keyId,
    verifierKey: `${name}+${hex8(keyId)}+${material}`,
    isSignedBy: (text, signature) => verify(null, Buffer.from(text), key, signature),
  };
}

/** The material of `<name>+<key id>+<base64>`; the part before it when it is not Ed25519 or does not add up. */
function keyParts(text: string, what: string): { name: string; keyId: string; material: Buffer } {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text);
  const [, name, keyId, encoded] = match ?? [];
  if (name === undefined || keyId === undefined || encoded === undefined)
    throw new NoteError(`not a ${what}`);
  const material = Buffer.from(encoded, 'base64');
  if (material[0] !== ED25519 || material.length !== 33)
    throw new NoteError(`the ${what} is not an Ed25519 key`);
  if (material.toString('base64') !== encoded)
    throw new NoteError(`the ${what} is not spelt in canonical base64`);
  return { name, keyId, material: material.subarray(1) };
}

/** Reads a verifier key as C2SP signed-note writes it. @throws NoteError when it is none. */
export function parseVerifierKey(text: string): NoteVerifier {
  const { name, keyId, material } = keyParts(text.trim(), 'verifier key');
  const verifier = verifierOf(name, material);
  if (hex8(verifier.keyId) !== keyId)
    throw new NoteError(`the verifier key of ${name} has a key id that is not its own`);
  return verifier;
}

/** A signer from the 32 bytes of an Ed25519 private key. @throws NoteError when the name or the key will not do. */
export function signerFromSeed(name: string, seed: Uint8Array): NoteSigner {
  if (seed.length !== 32) throw new NoteError(`an Ed25519 private key has 32 bytes, not ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  return { verifier: verifierOf(name, publicKey), sign: (text) => sign(null, Buffer.from(text), key) };
}

/** Reads `PRIVATE+KEY+<name>+<key id>+<base64>`, the form other log tools keep. @throws NoteError, never with the key. */
export function parseSignerKey(text: string): NoteSigner {
  const prefix = 'PRIVATE+KEY+';
  if (!text.startsWith(prefix)) throw new NoteError('not a signer key');
  const { name, keyId, material } = keyParts(text.slice(prefix.length).trim(), 'signer key');
  const signer = signerFromSeed(name, material);
  if (hex8(signer.verifier.keyId) !== keyId)
    throw new NoteError(`the signer key of ${name} has a key id that is not its own`);
  return signer;
}

/** The whole note: text, blank line, one signature line. */
export function signNote(text: string, signer: NoteSigner): string {
  const signature = Buffer.concat([Buffer.from(hex8(signer.verifier.keyId), 'hex'), signer.sign(text)]);
  return `${text}\n— ${signer.verifier.name} ${signature.toString('base64')}\n`;
}

/**
 * The text of a note that the key signed.
 *
 * @throws NoteError when the form is wrong, the key signed nothing, or its signature does not fit the text.
 */
export function openNote(note: string, verifier: NoteVerifier): string {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n'))
    throw new NoteError('not a signed note: no blank line before the signatures');
  if (Array.from(note).some((character) => character < ' ' && character !== '\n'))
    throw new NoteError('not a signed note: it has control characters');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split('\n');
  let isSigned = false;
  for (const line of lines) {
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
    if (name === undefined || encoded === undefined)
      throw new NoteError('not a signed note: a signature line is malformed');
    const signature = Buffer.from(encoded, 'base64');
    if (signature.toString('base64') !== encoded || signature.length < 5)
      throw new NoteError('a signature is not spelt in canonical base64');
    if (name !== verifier.name || signature.readUInt32BE(0) !== verifier.keyId) continue;
    if (!verifier.isSignedBy(text, signature.subarray(4)))
      throw new NoteError(`the signature of ${name} does not fit the text`);
    isSigned = true;
  }
  if (!isSigned) throw new NoteError(`not signed by ${verifier.name} with key ${hex8(verifier.keyId)}`);
  return text;
}
