import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localDisk } from '../../src/store/disk.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { lakeFiles } from '../../src/store/lake-files.ts';
import { inParallel } from '../../src/store/parallel.ts';
import { aCapture, openTestLake, temporaryFolder, verify } from './lakes.ts';

test('a file is replaced whole, and created only where none is', async () => {
  const lake = await temporaryFolder();
  const files = folderFiles(lake);
  await files.replace('a/b/file', Buffer.from('one'));
  await files.replace('a/b/file', Buffer.from('two'));
  expect(await readFile(join(lake, 'a/b/file'), 'utf8')).toBe('two');
  expect(await files.create('a/c/file', Buffer.from('first'))).toBe(true);
  expect(await files.create('a/c/file', Buffer.from('second'))).toBe(false);
  expect(await readFile(join(lake, 'a/c/file'), 'utf8')).toBe('first');
  expect(await files.list('_staging/main')).toEqual([]);
  expect(await files.list('a')).toEqual(['b', 'c']);
  expect(await lakeFiles(lake).list('a')).toEqual(['a/b/file', 'a/c/file']);
  expect(await files.readRange('a/b/file', 1, 9)).toEqual(Buffer.from('wo'));
  await files.removeFolder('a/b');
  expect(await files.walk('a')).toEqual(['a/c/file']);
});

test('of many that create one file at once, one alone is told that it did', async () => {
  const lake = await temporaryFolder();
  const writers = Array.from({ length: 8 }, (_, i) => folderFiles(lake, `writer-${i}`));
  const told = await Promise.all(writers.map((files, i) => files.create('a/file', Buffer.of(i))));
  expect(told.filter(Boolean)).toHaveLength(1);
  expect(await readFile(join(lake, 'a/file'))).toEqual(Buffer.of(told.indexOf(true)));
});

test('what is not there reads as nothing, and what cannot be read is an error', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), 'x');
  const files = folderFiles(folder);
  expect(await files.read('none')).toBeUndefined();
  expect(await files.readRange('none', 0, 1)).toBeUndefined();
  expect(await files.read('file/below')).toBeUndefined();
  expect(await files.list('none')).toEqual([]);
  expect(await files.walk('none')).toEqual([]);
  await files.remove('none');
  await mkdir(join(folder, 'folder'));
  await expect(files.read('folder')).rejects.toThrow('EISDIR');
  await expect(files.create('file/x', Buffer.of(1))).rejects.toThrow('ENOTDIR');
  await expect(localDisk.link(join(folder, 'none'), join(folder, 'b'))).rejects.toThrow('ENOENT');
});

test('a folder that could not be made is tried again', async () => {
  let fails = true;
  const lake = await temporaryFolder();
  const makeFolder = async (path: string): Promise<void> => {
    if (fails) throw new Error('no space left on device');
    await localDisk.makeFolder(path);
  };
  const files = folderFiles(lake, 'main', { ...localDisk, makeFolder });
  await expect(files.replace('a', Buffer.of(1))).rejects.toThrow('no space');
  fails = false;
  await files.replace('a', Buffer.of(1));
  expect(await readFile(join(lake, 'a'))).toEqual(Buffer.of(1));
});

test('a staging folder that someone removed under a running service is made again', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  for (let sequence = 1; sequence <= 3; sequence++) {
    lake.append(aCapture({ sequence }));
    await lake.seal();
    await rm(join(path, '_staging'), { recursive: true });
  }
  lake.append(aCapture({ sequence: 4 }));
  expect(await lake.seal()).toMatchObject({ seal: 4 });
  await lake.close();
  expect((await verify(path)).faults).toEqual([]);
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
