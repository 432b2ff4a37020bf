import { randomBytes } from 'node:crypto';
import { PipelineError } from '../../lib/errors.ts';
import { dataKeyPath, dataKeyText, keyCheck, KEY_BYTES, parseDataKey } from '../../proof/data-key.ts';
import type { DataKeyFile, KeyPurpose } from '../../proof/data-key.ts';
import type { Files } from '../files.ts';
import { inParallel } from '../parallel.ts';
import type { KeyWrapper, Randomness } from './key-wrapper.ts';

/** A key of the lake, unwrapped. */
export interface DataKey {
  readonly file: DataKeyFile;
  readonly key: Uint8Array;
}

const numberOf = (name: string): number => Number(/^(\d{8})\.json$/.exec(name)?.[1] ?? 0);

/**
 * The files of a lake's keys of one purpose, in their order; those that were destroyed too.
 *
 * @throws PipelineError LAKE_CORRUPT when one is none.
 */
export async function readKeyFiles(files: Files, purpose: KeyPurpose): Promise<DataKeyFile[]> {
  const numbers = (await files.list(`keys/${purpose}`)).map(numberOf).filter((number) => number > 0);
  const found: DataKeyFile[] = [];
  await inParallel(numbers.entries(), async ([i, number]) => {
    const path = dataKeyPath(purpose, number);
    const file = parseDataKey((await files.read(path))?.toString() ?? '');
    if (file?.number !== number || file.purpose !== purpose)
      throw new PipelineError(
        'LAKE_CORRUPT',
        path,
        'this is no key of the lake; run verify, nothing was written',
      );
    found[i] = file;
  });
  return found;
}

/** Unwraps the keys that were not destroyed. @throws PipelineError KEY_UNAVAILABLE when one cannot be. */
export async function unwrapAll(files: readonly DataKeyFile[], wrapper: KeyWrapper): Promise<DataKey[]> {
  const there = files.filter(({ wrapped }) => wrapped !== null);
  const keys: DataKey[] = [];
  await inParallel(there.entries(), async ([i, file]) => {
    keys[i] = { file, key: await unwrapOne(file, wrapper) };
  });
  return keys;
}

async function unwrapOne(file: DataKeyFile, wrapper: KeyWrapper): Promise<Uint8Array> {
  const key = await wrapper.unwrap(file);
  if (keyCheck(key) === file.check) return key;
  throw new PipelineError(
    'KEY_UNAVAILABLE',
    dataKeyPath(file.purpose, file.number),
    `${wrapper.id} answered with another key than the one that was wrapped; run verify`,
  );
}

/**
 * Makes the key that comes after `last`, and puts it into the lake. When another writer was first, theirs is answered.
 *
 * @param at when, epoch ms.
 */
export async function createDataKey(
  files: Files,
  purpose: KeyPurpose,
  last: number,
  at: number,
  wrapper: KeyWrapper,
  random: Randomness = { randomBytes },
): Promise<DataKey> {
  const number = last + 1;
  const key = random.randomBytes(KEY_BYTES);
  const facts = { purpose, number, from: at, check: keyCheck(key) };
  const file: DataKeyFile = { ...facts, wrapped: await wrapper.wrap(key, facts) };
  const path = dataKeyPath(purpose, number);
  if (await files.create(path, Buffer.from(dataKeyText(file)))) return { file, key };
  const theirs = parseDataKey((await files.read(path))?.toString() ?? '');
  if (theirs === undefined)
    throw new PipelineError(
      'LAKE_CORRUPT',
      path,
      'this is no key of the lake; run verify, nothing was written',
    );
  key.fill(0);
  return { file: theirs, key: await unwrapOne(theirs, wrapper) };
}

/** The newest key; undefined when there is none that could be used. */
export const newestOf = (keys: readonly DataKey[]): DataKey | undefined =>
  keys.toSorted((a, b) => b.file.number - a.file.number)[0];
