import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../lib/errors.ts';
import { defineAnchor, fileNameOf } from './anchor.ts';
import type { Head } from './anchor.ts';

async function put(folder: string, head: Head): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, fileNameOf(head));
  try {
    await using file = await open(path, 'wx', 0o444);
    await file.writeFile(head.checkpoint);
    await file.sync();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    const present = await readFile(path, 'utf8');
    if (present !== head.checkpoint)
      throw new PipelineError('STORE_FAILED', path, 'another checkpoint of this size is there already', {
        cause: thrown,
      });
  }
  return Buffer.from(head.checkpoint);
}

/** Puts each head into a folder, a file each, never over another: a mounted share, a medium that writes once. */
export const file = defineAnchor({
  type: 'file',
  summary: 'Writes each checkpoint to a file of its own in a folder, never over another.',
  settings: z.strictObject({
    type: z.literal('file'),
    path: z.string().min(1).describe('Folder, on another machine or a medium that writes once.'),
  }),
  create:
    ({ path }) =>
    (head) =>
      put(path, head),
});
