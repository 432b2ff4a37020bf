import { hash } from 'node:crypto';
import { folderFiles } from '../../../src/store/folder-files.ts';
import type { Files } from '../../../src/store/files.ts';
import type { Lake } from '../../../src/store/lake.ts';
import type { PseudonymChoice } from '../../../src/store/encryption/columns.ts';
import { localWrapper } from '../../../src/store/encryption/key-file.ts';
import type { KeyWrapper, Randomness } from '../../../src/store/encryption/key-wrapper.ts';
import { openLakeKeys } from '../../../src/store/encryption/lake-keys.ts';
import type { LakeKeys } from '../../../src/store/encryption/lake-keys.ts';
import { openProtectedLake } from '../../../src/store/encryption/protected-lake.ts';
import { LAKE_ORIGIN, signer, ticking } from '../lakes.ts';
import { T0 } from '../../support/samples.ts';

/** The key-encryption key of tests. */
export const KEK = Buffer.alloc(32, 0x5a);

/** Bytes that look random and are the same each time. */
export function fixedRandomness(seed: string): Randomness {
  let n = 0;
  return { randomBytes: (count) => hash('sha256', `${seed} ${n++}`, 'buffer').subarray(0, count) };
}

export interface EncryptedLake {
  readonly lake: Lake;
  readonly files: Files;
  readonly keys: LakeKeys;
  readonly wrapper: KeyWrapper;
}

/** A lake in a folder whose payload is encrypted. */
export async function openEncrypted(
  path: string,
  over: {
    readonly pseudonymise?: readonly PseudonymChoice[];
    readonly rotateMs?: number;
    readonly wrapper?: KeyWrapper;
    readonly clock?: () => number;
    readonly seed?: string;
    readonly renewalFailed?: (thrown: unknown) => void;
  } = {},
): Promise<EncryptedLake> {
  const { pseudonymise = [], clock = ticking(), seed = 'lake' } = over;
  const random = fixedRandomness(seed);
  const wrapper = over.wrapper ?? localWrapper(KEK, random);
  const files = folderFiles(path);
  const keys = await openLakeKeys({
    files,
    wrapper,
    hasPseudonyms: pseudonymise.length > 0,
    now: T0,
    random,
    ...(over.rotateMs === undefined ? {} : { rotateMs: over.rotateMs }),
  });
  const protection = {
    keys,
    pseudonymise,
    clock,
    renewalFailed:
      over.renewalFailed ??
      ((thrown: unknown) => {
        throw thrown;
      }),
  };
  const lake = await openProtectedLake({ path, origin: LAKE_ORIGIN, signer, clock }, protection);
  return { lake, files, keys, wrapper };
}
