import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A text file: path relative to the folder it was read from, with `/`. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Every file below `folder` whose name ends in `ending`, sorted by path. */
export function readTextFiles(folder: string, ending: string): TextFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      path: path.slice(folder.length).replaceAll('\\', '/').replace(/^\/+/, ''),
      text: readFileSync(path, 'utf8'),
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
