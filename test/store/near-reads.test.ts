import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Files } from '../../src/store/files.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { nearReads } from '../../src/store/near-reads.ts';
import { temporaryFolder } from './lakes.ts';
import { createMemory, LAKE } from './memory.ts';

test('small files near by are read at once, large ones as ever, and none where there is none', async () => {
  const folder = await temporaryFolder();
  const contents = { none: '', small: 'small', edge: 'e'.repeat(32 * 1024), large: 'l'.repeat(100_000) };
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), text);
  const awaited: string[] = [];
  const files = folderFiles(folder);
  const counted: Files = {
    ...files,
    read(path) {
      awaited.push(path);
      return files.read(path);
    },
  };
  const near = nearReads(counted);
  for (const [name, text] of Object.entries(contents)) {
    const bytes = await near.read(name);
    expect(bytes).toBeInstanceOf(Buffer);
    expect(bytes?.toString()).toBe(text);
  }
  expect(await near.read('absent')).toBeUndefined();
  expect(awaited).toEqual(['edge', 'large']);

  const far = folderFiles(LAKE, 'main', createMemory([['small', Buffer.from('far')]]).files);
  expect(nearReads(far)).toBe(far);
});
