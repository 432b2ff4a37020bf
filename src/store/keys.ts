import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PipelineError } from '../lib/errors.ts';
import { signerFromSeed } from '../proof/note.ts';
import type { NoteSigner } from '../proof/note.ts';

/** A fresh Ed25519 private key, PEM of PKCS #8. */
const newKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

async function readOrCreate(path: string, generate: () => string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (!(thrown instanceof Error) || (thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
  const pem = generate();
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(pem);
  await file.sync();
  return pem;
}

/** Where the next key waits until every log has the statement that it follows. */
const nextPath = (path: string): string => `${path}.next`;

const syncFolder = async (path: string): Promise<void> => {
  await using folder = await open(path, 'r');
  await folder.sync();
};

/**
 * Changes the key in a file. The next one is durable before anything says that it follows, and takes its place once
 * everything does; cut short anywhere, the old key goes on and the same call finishes.
 *
 * @param state says in every log that the next key follows, durably. Its answer is handed on.
 * @param generate makes a key as PEM (PKCS #8); tests give a fixed one.
 */
export async function rotateSigner<T>(
  path: string,
  state: (signers: {
    readonly from: (origin: string) => NoteSigner;
    readonly to: (origin: string) => NoteSigner;
  }) => Promise<T>,
  generate: () => string = newKey,
): Promise<T> {
  const [old, next] = [await readFile(path, 'utf8'), await readOrCreate(nextPath(path), generate)];
  await syncFolder(dirname(path));
  const stated = await state({
    from: (origin) => signerOf(path, old, origin),
    to: (origin) => signerOf(nextPath(path), next, origin),
  });
  await rename(nextPath(path), path);
  await syncFolder(dirname(path));
  return stated;
}

/**
 * The signer of a lake's checkpoints, named for the lake's origin. The key is made on the first run: its file is for
 * its owner alone, in a folder for its owner alone.
 *
 * @param generate makes a key as PEM (PKCS #8); tests give a fixed one.
 * @throws PipelineError CONFIG_INVALID when the file holds no Ed25519 private key. The key never shows in it.
 */
export async function loadOrCreateSigner(
  path: string,
  origin: string,
  generate: () => string = newKey,
): Promise<NoteSigner> {
  return signerOf(path, await readOrCreate(path, generate), origin);
}

function signerOf(path: string, pem: string, origin: string): NoteSigner {
  try {
    const { d } = createPrivateKey(pem).export({ format: 'jwk' });
    if (d === undefined) throw new TypeError('no private part');
    return signerFromSeed(origin, Buffer.from(d, 'base64url'));
  } catch {
    throw new PipelineError(
      'CONFIG_INVALID',
      path,
      'this is no Ed25519 private key (PEM, PKCS #8), or the origin cannot name a key: it may have no space and no plus sign',
    );
  }
}
