import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipelineError } from '../lib/errors.ts';
import type { MappingTexts } from './load.ts';

const HUB = 'assertions.yml';
/** Periods of retention, which are no framework: `retention.ts` reads them. */
export const RETENTION_FILE = 'retention.yml';

/**
 * The mapping files of a folder: `assertions.yml`, and every other `*.yml` but `retention.yml` as a framework, sorted by
 * name.
 *
 * @throws PipelineError INPUT_UNREADABLE when the folder or a file in it cannot be read, or the hub is missing.
 */
export function readMappingFolder(folder: string): MappingTexts {
  try {
    const read = (file: string) => ({ file, text: readFileSync(join(folder, file), 'utf8') });
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.yml'))
      .toSorted();
    return {
      assertions: read(HUB),
      frameworks: files.filter((name) => name !== HUB && name !== RETENTION_FILE).map(read),
    };
  } catch (cause) {
    throw new PipelineError(
      'INPUT_UNREADABLE',
      folder,
      `mappings cannot be read; does the folder hold ${HUB}?`,
      { cause },
    );
  }
}
