import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseCaptureEntry, parseEntry } from '../../src/proof/entries.ts';
import { decodeBundle, entriesPath, widthIn } from '../../src/proof/tiles.ts';
import { TILE_WIDTH } from '../../src/proof/tree.ts';

/** Leaves under the newest checkpoint of a lake. */
export const sizeOf = (lake: string): number =>
  Number(readFileSync(join(lake, 'log/main/checkpoint'), 'utf8').split('\n')[1]);

/** The entries of a lake's evidence log, oldest first, as the texts that were signed. */
export function logEntries(lake: string): string[] {
  const size = sizeOf(lake);
  return Array.from({ length: Math.ceil(size / TILE_WIDTH) }, (_, index) =>
    readFileSync(join(lake, 'log/main', entriesPath(index, widthIn(size, 0, index)))),
  ).flatMap((bundle) => (decodeBundle(bundle) ?? []).map(String));
}

/** The notes of one kind in a lake's evidence log, oldest first. */
export const notesOf = (lake: string, kind: string): unknown[] =>
  logEntries(lake).flatMap((text) => {
    const entry = parseEntry(text);
    return entry?.kind === 'note' && entry.name === kind ? [entry.note] : [];
  });

/** What was captured, without when: the same for two lakes that took in the same messages. */
export const capturesOf = (lake: string): string[] =>
  logEntries(lake)
    .flatMap((text) => parseCaptureEntry(text) ?? [])
    .map(({ stream, sequence, originalSha256 }) => `${stream}@${sequence} ${originalSha256}`)
    .toSorted();

/** Every file below a folder with its bytes, to be searched for what must not be in it. */
export function filesBelow(folder: string): { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
}
