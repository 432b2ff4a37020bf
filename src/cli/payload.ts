import { createAzureCredential } from '../collect/azure-credential.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import type { PayloadKeys } from '../proof/payload-check.ts';
import type { Files } from '../store/files.ts';
import { folderFiles } from '../store/folder-files.ts';
import type { Lake, LakeOptions } from '../store/lake.ts';
import { openLake } from '../store/lake.ts';
import { readKeyFiles } from '../store/encryption/data-keys.ts';
import { localWrapper, readKeyFile } from '../store/encryption/key-file.ts';
import { keyVaultWrapper } from '../store/encryption/key-vault.ts';
import type { KeyWrapper } from '../store/encryption/key-wrapper.ts';
import { openLakeKeys } from '../store/encryption/lake-keys.ts';
import { openPayloadReading } from '../store/encryption/payload-reading.ts';
import type { PayloadReading } from '../store/encryption/payload-reading.ts';
import { openProtectedLake } from '../store/encryption/protected-lake.ts';
import { inflate } from '../store/encryption/seal-value.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';

type Encryption = Config['lake']['encryption'];

/**
 * The key-encryption key of the configuration; undefined when evidence is not encrypted.
 *
 * @throws PipelineError KEY_UNAVAILABLE when its file is missing or holds no key.
 */
export async function keyWrapperOf(
  encryption: Encryption,
  files: Files,
  clock: Clock,
): Promise<KeyWrapper | undefined> {
  if (encryption === undefined) return undefined;
  const { keyFile, keyVault } = encryption;
  if (keyVault !== undefined)
    return keyVaultWrapper(keyVault.keyId, {
      credential: await createAzureCredential(keyVault.credential, clock),
    });
  const isNew = (await readKeyFiles(files, 'data')).length === 0;
  return localWrapper(await readKeyFile(keyFile ?? '', isNew));
}

/**
 * Opens a lake for writing as the configuration says, encrypted or not.
 *
 * @param warn told of a key that could not be renewed.
 * @throws PipelineError CONFIG_INVALID when the lake is encrypted and the configuration does not say how.
 */
export async function openConfiguredLake(
  config: Pick<Config, 'lake'>,
  options: LakeOptions,
  warn: (problem: string) => void = () => undefined,
): Promise<Lake> {
  const { encryption } = config.lake;
  const { path, writer, clock } = options;
  const files = options.files ?? folderFiles(path, writer);
  const wrapper = await keyWrapperOf(encryption, files, clock);
  if (encryption === undefined || wrapper === undefined) {
    if ((await readKeyFiles(files, 'data')).length > 0)
      throw new PipelineError(
        'CONFIG_INVALID',
        'lake.encryption',
        `${files.place} is encrypted, and the configuration does not say how; what is written now would lie open`,
      );
    return openLake(options);
  }
  const { rotate, pseudonymise } = encryption;
  const keys = await openLakeKeys({
    files,
    wrapper,
    rotateMs: rotate,
    hasPseudonyms: pseudonymise.length > 0,
    now: clock(),
  });
  return openProtectedLake(options, {
    keys,
    pseudonymise,
    clock,
    renewalFailed: (thrown) =>
      warn(`the next data key could not be made, the one in use goes on: ${describeError(thrown)}`),
  });
}

/** Opens the keys of a lake for reading, as far as the configuration can. */
export const payloadReadingOf = async (
  config: Pick<Config, 'lake'>,
  files: Files,
  clock: Clock,
): Promise<PayloadReading> =>
  openPayloadReading(files, await keyWrapperOf(config.lake.encryption, files, clock));

/** What the verifier opens the configured lake with; without the key it says so, and goes on without. */
export async function configuredPayloadKeys(
  io: Pick<Io, 'err' | 'clock'>,
  config: Pick<Config, 'data' | 'lake'>,
): Promise<PayloadKeys | undefined> {
  if (config.lake.encryption === undefined) return undefined;
  try {
    const files = folderFiles(foldersIn(config.data).lake);
    return { keys: (await payloadReadingOf(config, files, io.clock)).ring.keys, inflate };
  } catch (thrown) {
    io.err(`plumbline: encrypted payload is not opened: ${describeError(thrown)}\n`);
    return undefined;
  }
}
