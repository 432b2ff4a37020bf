import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A folder of the shared corpus beside the repository; undefined, with a printed reason, when it is not there.
 *
 * @throws Error on CI, where the corpus has to be there.
 */
export function corpusFolder(name: string): string | undefined {
  const folder = fileURLToPath(new URL(`../../../shared/corpus/${name}`, import.meta.url));
  if (existsSync(folder)) return folder;
  const reason = `../shared/corpus/${name} is not beside the repository`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}; CI needs it`);
  console.log(`skipped: ${reason}`);
  return undefined;
}
