import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../shared/corpus/tlog-vectors/', import.meta.url));

/** The public test vectors; undefined (with the reason printed) when they are not there, a failure under CI. */
export function corpusFolder(): string | undefined {
  if (existsSync(folder)) return folder;
  if (process.env['CI'] === 'true') throw new Error(`the corpus is missing: ${folder}`);
  console.log('skipped: ../shared/corpus/tlog-vectors is not beside the repository');
  return undefined;
}
