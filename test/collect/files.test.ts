import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { files } from '../../src/collect/files.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { collectAll } from './collect-all.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (paths: string[], durable?: ReadonlyMap<string, number>) =>
  collectAll('replay', files.settings.parse({ type: 'files', paths, blockKib: 1 }), durable);

const text = (captures: readonly Capture[]): string =>
  captures.map(({ body }) => Buffer.from(body).toString()).join('');
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, n) => `{"n":${from + n},"pad":"${'x'.repeat(50)}"}\n`).join('');

test('a folder of plain, gzip and zstd exports is read in the order of its names', async () => {
  await mkdir(join(folder, 'b'));
  await writeFile(join(folder, 'a.json'), '{"records":[{"n":1}]}');
  await writeFile(join(folder, 'b', 'PT1H.json'), gzipSync(lines(0, 40)));
  await writeFile(
    join(folder, 'c.ndjson.zst'),
    Buffer.concat([zstdCompressSync(lines(0, 10)), zstdCompressSync(lines(10, 20))]),
  );
  await writeFile(join(folder, '.hidden'), 'x');
  const { captures, problems } = await read([folder]);
  expect(problems).toEqual([]);
  expect(text(captures)).toBe(`{"records":[{"n":1}]}${lines(0, 40)}${lines(0, 20)}`);
  expect([...new Set(captures.map(({ stream }) => stream.split('#')[0]))]).toEqual([
    'replay/a.json',
    'replay/b/PT1H.json',
    'replay/c.ndjson.zst',
  ]);
  for (const own of Map.groupBy(captures, ({ stream }) => stream).values()) {
    const sequences = own.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
  }
});

test('a file that grew is read on from where its evidence ends', async () => {
  const path = join(folder, 'audit.ndjson');
  await writeFile(path, lines(0, 33));
  const first = await read([path]);
  const last = first.captures.at(-1);
  const durable = new Map([[last?.stream ?? '', last?.sequence ?? 0]]);
  expect((await read([path], durable)).captures).toEqual([]);
  await writeFile(path, lines(0, 50));
  expect(text((await read([path], durable)).captures)).toBe(lines(33, 50));
});

test('what cannot be read is named, and the other files are read all the same', async () => {
  await writeFile(join(folder, 'a.csv'), 'time,operation\n1,2\n');
  await writeFile(join(folder, 'b.json'), '');
  await writeFile(join(folder, 'c.json.gz'), gzipSync(lines(0, 4000)).subarray(0, 500));
  await writeFile(join(folder, 'd.json'), '{"n":1}');
  const { captures, problems } = await read([folder, join(folder, 'missing')]);
  expect(text(captures)).toContain('{"n":1}');
  expect(problems).toHaveLength(4);
  expect(problems.join('\n')).toMatch(
    /missing: ENOENT.*\n.*a\.csv: not JSON.*\n.*b\.json: empty.*\n.*c\.json\.gz: unexpected end of file/,
  );
});
