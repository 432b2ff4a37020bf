import type { JsonObject } from '../../lib/json.ts';
import { DAY_MS, MINUTE_MS } from '../../lib/clock.ts';
import { dataKeyDigest } from '../../proof/data-key.ts';
import type { DataKeyFile } from '../../proof/data-key.ts';
import type { Files } from '../files.ts';
import { createDataKey, newestOf, readKeyFiles, unwrapAll } from './data-keys.ts';
import type { DataKey } from './data-keys.ts';
import type { KeyWrapper, Randomness } from './key-wrapper.ts';
import type { KeyRing } from './payloads.ts';
import { valueSealer } from './seal-value.ts';
import type { ValueSealer } from './seal-value.ts';

/** How long one data key is used. */
export const ROTATE_MS = 30 * DAY_MS;
/** How often the lake is looked at for a key that somebody else has made. */
const LOOK_MS = MINUTE_MS;

/** The keys of an encrypted lake, for one that writes it. */
export interface LakeKeys {
  /** Opens what any of the keys has encrypted. */
  readonly ring: KeyRing;
  /** Encrypts new values. */
  readonly sealer: ValueSealer;
  /** The key that does. */
  readonly current: DataKeyFile;
  /** Makes pseudonyms; undefined when there are none to be made. */
  readonly pseudonymKey: DataKey | undefined;
  /**
   * Looks whether it is time for the next data key, makes it or takes up the one that another writer made.
   *
   * @returns true when another key is the current one from now on.
   */
  renew(now: number): Promise<boolean>;
  /** Forgets every key. */
  close(): void;
}

export interface LakeKeysOptions {
  readonly files: Files;
  readonly wrapper: KeyWrapper;
  /** How long one data key is used, ms. (Default: 30 days) */
  readonly rotateMs?: number;
  /** (Default: no pseudonyms) */
  readonly hasPseudonyms?: boolean;
  /** Epoch ms. */
  readonly now: number;
  readonly random?: Randomness;
}

/** What the log says of a key: which one it is, and the digest of its file. */
export const keyNote = (file: DataKeyFile): JsonObject => {
  const { purpose, number, from, check, wrapped } = file;
  return { purpose, number, from, check, by: wrapped?.by ?? null, sha256: dataKeyDigest(file) };
};

/**
 * Opens the keys of a lake, and makes the first ones.
 *
 * @throws PipelineError KEY_UNAVAILABLE when the key-encryption key does not open them.
 */
export async function openLakeKeys(options: LakeKeysOptions): Promise<LakeKeys> {
  const { files, wrapper, rotateMs = ROTATE_MS, hasPseudonyms = false, random } = options;
  const found = await readKeyFiles(files, 'data');
  const keys = await unwrapAll(found, wrapper);
  let last = found.at(-1)?.number ?? 0;
  const shredded = new Set(found.filter(({ wrapped }) => wrapped === null).map(({ number }) => number));

  const add = (made: DataKey): DataKey => {
    if (!keys.some(({ file }) => file.number === made.file.number)) keys.push(made);
    last = Math.max(last, made.file.number);
    return made;
  };
  const take = async (now: number): Promise<DataKey> => {
    const newest = newestOf(keys);
    // A key that was destroyed is never used again, nor is one before it.
    if (newest?.file.number === last && now - newest.file.from < rotateMs) return newest;
    return add(await createDataKey(files, 'data', last, now, wrapper, random));
  };
  let lookedAt = options.now;
  let current = await take(options.now);
  let sealer = valueSealer(current.file.number, current.key);

  const pseudonymKeys = await unwrapAll(await readKeyFiles(files, 'pseudonym'), wrapper);
  const pseudonymKey =
    newestOf(pseudonymKeys) ??
    (hasPseudonyms ? await createDataKey(files, 'pseudonym', 0, options.now, wrapper, random) : undefined);

  return {
    get ring() {
      return { keys: new Map(keys.map(({ file, key }) => [file.number, key])), shredded };
    },
    get sealer() {
      return sealer;
    },
    get current() {
      return current.file;
    },
    pseudonymKey: hasPseudonyms ? pseudonymKey : undefined,
    async renew(now) {
      if (now - current.file.from < rotateMs && now - lookedAt < LOOK_MS) return false;
      lookedAt = now;
      const before = current.file.number;
      for (const fresh of await unwrapAll(
        (await readKeyFiles(files, 'data')).filter(({ number }) => number > last),
        wrapper,
      ))
        add(fresh);
      current = await take(now);
      sealer = valueSealer(current.file.number, current.key);
      return current.file.number !== before;
    },
    close() {
      for (const { key } of keys) key.fill(0);
      pseudonymKey?.key.fill(0);
    },
  };
}
