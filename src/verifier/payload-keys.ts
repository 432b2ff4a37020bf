import { isMap, parseCanonical } from '../proof/canonical.ts';
import { dataKeyPath, keyCheck, parseDataKey, parseKeyFile, unwrapLocally } from '../proof/data-key.ts';
import type { DataKeyFile } from '../proof/data-key.ts';
import type { PayloadKeys } from '../proof/payload-check.ts';
import type { LakeFiles } from '../proof/verify-port.ts';
import { pageCompressors } from './parquet/zstd-page.ts';

/** Data keys without a wrap, for whoever may read everything under them. */
export const EXPORT_FORMAT = 'plumbline-data-keys/1';

/** Unpacks what was packed before it was encrypted. */
export const inflate: PayloadKeys['inflate'] = (frame, plainBytes) =>
  pageCompressors.ZSTD?.(frame, plainBytes) ?? new Uint8Array();

async function keyFilesIn(files: LakeFiles): Promise<DataKeyFile[]> {
  const found: DataKeyFile[] = [];
  for (const path of await files.list('keys/data')) {
    const bytes = await files.read(path);
    const file = bytes === undefined ? undefined : parseDataKey(Buffer.from(bytes).toString());
    // One that is none is a fault that the verifier names.
    if (file !== undefined && path === dataKeyPath('data', file.number)) found.push(file);
  }
  return found;
}

/** Numbers and keys, base64, as they were exported. */
function exported(text: string): ReadonlyMap<number, Uint8Array> | undefined {
  const value = parseCanonical(text.trim());
  if (!isMap(value) || value['format'] !== EXPORT_FORMAT || !isMap(value['keys'])) return undefined;
  return new Map(
    Object.entries(value['keys']).map(([number, key]) => [
      Number(number),
      Buffer.from(typeof key === 'string' ? key : '', 'base64'),
    ]),
  );
}

/**
 * What opens the payload of a lake, from a key file or from exported data keys.
 *
 * @throws Error when the text is neither, or opens none of the lake's keys: the key never shows in it.
 */
export async function payloadKeysIn(files: LakeFiles, text: string): Promise<PayloadKeys> {
  const found = await keyFilesIn(files);
  if (found.length === 0) throw new Error('the lake has no data keys: nothing in it is encrypted');
  const given = exported(text);
  const keyFile = parseKeyFile(text);
  if (given === undefined && keyFile === undefined)
    throw new Error('the payload key is neither a key file (32 bytes as base64) nor exported data keys');
  const keys = new Map<number, Uint8Array>();
  for (const file of found) {
    const key = keyFile === undefined ? given?.get(file.number) : unwrapLocally(file, keyFile);
    if (key !== undefined && keyCheck(key) === file.check) keys.set(file.number, key);
  }
  if (keys.size === 0 && found.some(({ wrapped }) => wrapped !== null))
    throw new Error(
      `the payload key opens none of the ${found.length} data keys of the lake: is it the right one?`,
    );
  return { keys, inflate };
}
