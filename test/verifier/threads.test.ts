import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { RangeCheck } from '../../src/proof/verify-range.ts';
import { createRangeThreads, isWorthThreads, workerEntry } from '../../src/verifier/threads.ts';
import { openEncrypted, payloadOf } from '../store/encryption/encrypted-lakes.ts';
import { messages, openTestLake, signer, take, temporaryFolder, verify } from '../store/lakes.ts';

/** Counts the stretches that threads found in order. */
function counting(ranges: RangeCheck): { readonly ranges: RangeCheck; readonly clean: () => number } {
  let clean = 0;
  return {
    ranges: {
      width: ranges.width,
      check: async (job) => {
        const range = await ranges.check(job);
        if (range !== undefined) clean++;
        return range;
      },
    },
    clean: () => clean,
  };
}

test('threads look at an encrypted lake as this thread does: with its keys, without them, and with wrong ones', async () => {
  const path = await temporaryFolder();
  const { lake, keys } = await openEncrypted(path);
  const payload = payloadOf(keys);
  for (const [i, message] of messages('threads', 60).entries()) {
    take(lake, message);
    if (i % 20 === 19) await lake.seal();
  }
  await lake.close();
  const wrong = { ...payload, keys: new Map([...payload.keys.keys()].map((n) => [n, Buffer.alloc(32, 1)])) };
  for (const [given, opened, clean] of [
    [payload, 60, 3],
    [undefined, 0, 3],
    [wrong, 0, 0],
  ] as const) {
    await using threads = createRangeThreads(path, workerEntry(), 2, given?.keys);
    const counted = counting(threads);
    const over = given === undefined ? {} : { payload: given };
    const result = await verify(path, { ...over, ranges: counted.ranges });
    expect(result).toEqual(await verify(path, over));
    expect([result.ok, result.payloads.opened, counted.clean()]).toEqual([given !== wrong, opened, clean]);
  }
});

test('threads begin in a program that Node was given as text, too', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  for (const message of messages('text', 20)) take(lake, message);
  await lake.seal();
  await lake.close();
  const at = (file: string): string => JSON.stringify(resolve(import.meta.dirname, '../../src', file));
  const program = `
    import { verifyLake } from ${at('proof/verify.ts')};
    import { lakeFiles } from ${at('store/lake-files.ts')};
    import { parquetReader as parquet } from ${at('store/parquet-reader.ts')};
    import { createRangeThreads, workerEntry } from ${at('verifier/threads.ts')};
    const path = ${JSON.stringify(path)};
    await using threads = createRangeThreads(path, workerEntry(), 2);
    let clean = 0;
    const check = async (job) => {
      const range = await threads.check(job);
      if (range !== undefined) clean++;
      return range;
    };
    const verifierKeys = ${JSON.stringify([signer.verifier.verifierKey])};
    const { ok } = await verifyLake(lakeFiles(path), { verifierKeys, parquet, ranges: { width: 3, check } });
    process.stdout.write(JSON.stringify({ ok, clean }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ ok: true, clean: 1 });
});

test('threads are worth their start for large lakes alone', async () => {
  const path = await temporaryFolder();
  expect(isWorthThreads(path)).toBe(false);
  const { lake } = await openEncrypted(path);
  for (const message of messages('small', 4)) take(lake, message);
  await lake.seal();
  await lake.close();
  expect(readdirSync(join(path, 'log'))).toEqual(['main']);
  expect(isWorthThreads(path)).toBe(false);
});
