import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PipelineError } from '../lib/errors.ts';
import type { RuleText } from './load.ts';

/**
 * Every `*.yml` below a folder, sorted by path.
 *
 * @throws PipelineError INPUT_UNREADABLE when the folder or a file in it cannot be read.
 */
export function readDetectionFolder(folder: string): readonly RuleText[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.yml'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => ({
        file: path.slice(join(folder, sep).length).replaceAll(sep, '/'),
        text: readFileSync(path, 'utf8'),
      }));
  } catch (cause) {
    throw new PipelineError('INPUT_UNREADABLE', folder, 'detections cannot be read; does the folder exist?', {
      cause,
    });
  }
}
