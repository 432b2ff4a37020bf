import { hash } from 'node:crypto';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { PayloadKeys } from '../../../src/proof/payload-check.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import type { Files } from '../../../src/store/files.ts';
import type { Lake } from '../../../src/store/lake.ts';
import type { PseudonymChoice } from '../../../src/store/encryption/columns.ts';
import { localWrapper } from '../../../src/store/encryption/key-file.ts';
import type { KeyWrapper, Randomness } from '../../../src/store/encryption/key-wrapper.ts';
import { openLakeKeys } from '../../../src/store/encryption/lake-keys.ts';
import type { LakeKeys } from '../../../src/store/encryption/lake-keys.ts';
import { inflate } from '../../../src/store/encryption/seal-value.ts';
import { openProtectedLake } from '../../../src/store/encryption/protected-lake.ts';
import type { Disk } from '../../../src/store/disk.ts';
import { LAKE_ORIGIN, signer, ticking } from '../lakes.ts';

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
    /** In place of the folder. */
    readonly disk?: Disk;
    readonly writer?: string;
    readonly renewalFailed?: (thrown: unknown) => void;
  } = {},
): Promise<EncryptedLake> {
  const { pseudonymise = [], clock = ticking(), seed = 'lake' } = over;
  const random = fixedRandomness(seed);
  const wrapper = over.wrapper ?? localWrapper(KEK, random);
  const files = over.disk === undefined ? folderFiles(path) : folderFiles(path, 'main', over.disk);
  const keys = await openLakeKeys({
    files,
    wrapper,
    hasPseudonyms: pseudonymise.length > 0,
    now: clock(),
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
  const inMemory = {
    files,
    lock: () => ({ isExclusive: true, isHeld: true, release: () => {} }),
  };
  const lake = await openProtectedLake(
    { path, origin: LAKE_ORIGIN, signer, clock, ...(over.disk === undefined ? {} : inMemory) },
    protection,
  );
  return { lake, files, keys, wrapper };
}

/** Entries for the log of the lake that is open: the note of a decision goes into its next seal. */
export const noteIn =
  (lake: Lake) =>
  async (notes: readonly (readonly [string, JsonObject])[]): Promise<void> => {
    for (const [kind, note] of notes) lake.addNote(kind, note);
    await lake.seal();
  };

/** What the verifier opens a lake with: copies, since a lake that is closed forgets its keys. */
export const payloadOf = ({ ring }: LakeKeys): PayloadKeys => ({
  keys: new Map([...ring.keys].map(([number, key]) => [number, Buffer.from(key)])),
  inflate,
});
