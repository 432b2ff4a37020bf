import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localFiles } from '../../src/store/files.ts';
import { lakeFiles } from '../../src/store/lake-files.ts';
import { inParallel } from '../../src/store/parallel.ts';
import { createStaging } from '../../src/store/staging.ts';
import { temporaryFolder } from './lakes.ts';

test('a file is placed whole, and created only where none is', async () => {
  const lake = await temporaryFolder();
  const staging = createStaging(localFiles, lake, 'main');
  await staging.place('a/b/file', Buffer.from('one'));
  await staging.place('a/b/file', Buffer.from('two'));
  await staging.settle();
  expect(await readFile(join(lake, 'a/b/file'), 'utf8')).toBe('two');
  expect(await staging.create('a/c/file', Buffer.from('first'))).toBe(true);
  expect(await staging.create('a/c/file', Buffer.from('second'))).toBe(false);
  expect(await readFile(join(lake, 'a/c/file'), 'utf8')).toBe('first');
  expect(await localFiles.list(join(lake, '_staging/main'))).toEqual([]);
  expect(await lakeFiles(lake).list('a')).toEqual(['a/b/file', 'a/c/file']);
});

test('what is not there reads as nothing, and what cannot be read is an error', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), 'x');
  expect(await localFiles.read(join(folder, 'none'))).toBeUndefined();
  expect(await localFiles.read(join(folder, 'file', 'below'))).toBeUndefined();
  expect(await localFiles.list(join(folder, 'none'))).toEqual([]);
  expect(await lakeFiles(folder).list('none')).toEqual([]);
  await localFiles.remove(join(folder, 'none'));
  await mkdir(join(folder, 'folder'));
  await expect(localFiles.read(join(folder, 'folder'))).rejects.toThrow('EISDIR');
  await expect(localFiles.link(join(folder, 'none'), join(folder, 'b'))).rejects.toThrow('ENOENT');
  await expect(localFiles.makeFolder(join(folder, 'file', 'x'))).rejects.toThrow('ENOTDIR');
});

test('a folder that could not be made is tried again', async () => {
  let fails = true;
  const lake = await temporaryFolder();
  const makeFolder = async (path: string): Promise<void> => {
    if (fails) throw new Error('no space left on device');
    await localFiles.makeFolder(path);
  };
  const staging = createStaging({ ...localFiles, makeFolder }, lake, 'main');
  await expect(staging.place('a', Buffer.of(1))).rejects.toThrow('no space');
  fails = false;
  await staging.place('a', Buffer.of(1));
  expect(await readFile(join(lake, 'a'))).toEqual(Buffer.of(1));
});

test('when one task of many fails, the others that were begun are waited for', async () => {
  const finished: number[] = [];
  const task = async (n: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (n === 3) throw new Error('third');
    finished.push(n);
  };
  await expect(inParallel([1, 2, 3, 4, 5], task)).rejects.toThrow('third');
  expect(finished).toEqual([1, 2, 4, 5]);
});
