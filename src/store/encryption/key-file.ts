import { createCipheriv, randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PipelineError, describeError } from '../../lib/errors.ts';
import { dataKeyPath, keyCheck, parseKeyFile, unwrapLocally, wrapAad } from '../../proof/data-key.ts';
import { KEY_BYTES } from '../../proof/data-key.ts';
import { NONCE_BYTES, TAG_BYTES } from '../../proof/encrypted-value.ts';
import type { KeyWrapper, Randomness } from './key-wrapper.ts';

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === 'ENOENT';

/** Makes a key file for its owner alone: 32 random bytes as base64. @throws Error when there is a file already. */
export async function createKeyFile(path: string, random: Randomness = { randomBytes }): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (dirname(path) !== '.') await chmod(dirname(path), 0o700).catch(() => undefined);
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(`${Buffer.from(random.randomBytes(KEY_BYTES)).toString('base64')}\n`);
  await file.sync();
}

/**
 * The key-encryption key in a file.
 *
 * @param mayMake true while nothing was wrapped yet: the file is made when it is not there.
 * @throws PipelineError KEY_UNAVAILABLE when it is missing or holds no key. The key never shows in it.
 */
export async function readKeyFile(path: string, mayMake: boolean): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch(async (thrown: unknown) => {
    if (!isMissing(thrown))
      throw new PipelineError('KEY_UNAVAILABLE', path, describeError(thrown), { cause: thrown });
    if (!mayMake)
      throw new PipelineError(
        'KEY_UNAVAILABLE',
        path,
        'the key file is missing, and keys of the lake were wrapped by it; bring it back from where it was kept',
      );
    await createKeyFile(path);
    return readFile(path, 'utf8');
  });
  const key = parseKeyFile(text);
  if (key !== undefined) return key;
  throw new PipelineError(
    'KEY_UNAVAILABLE',
    path,
    'this is no key file: it holds 32 bytes as base64; `head -c 32 /dev/urandom | base64` makes one',
  );
}

/** Wraps with AES-256-GCM under a key of this machine; what a file of the lake says of its key is bound in. */
export function localWrapper(key: Uint8Array, random: Randomness = { randomBytes }): KeyWrapper {
  const id = `file:${keyCheck(key)}`;
  return {
    id,
    wrap(dataKey, facts) {
      const nonce = random.randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(wrapAad(facts));
      const parts = [nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()];
      return Promise.resolve({
        by: id,
        algorithm: 'A256GCM',
        value: Buffer.concat(parts).toString('base64'),
      });
    },
    unwrap(file) {
      const dataKey = unwrapLocally(file, key);
      if (dataKey !== undefined) return Promise.resolve(dataKey);
      const by = file.wrapped?.by;
      return Promise.reject(
        new PipelineError(
          'KEY_UNAVAILABLE',
          dataKeyPath(file.purpose, file.number),
          by === id
            ? 'the key file does not open it: the file of the lake was changed; run verify'
            : `it was wrapped by ${by ?? 'nothing'}, and the key at hand is ${id}; is this the right key file?`,
        ),
      );
    },
  };
}
