import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anchoredLake } from '../../src/cli/anchored-lake.ts';
import type { AnchoredParts } from '../../src/cli/anchored-lake.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import type { Lake } from '../../src/store/lake.ts';
import { aCapture, openTestLake, ORIGIN, temporaryFolder, ticking, verify } from '../store/lakes.ts';

async function open(path: string, outside: string, over: Partial<AnchoredParts> = {}): Promise<Lake> {
  return anchoredLake(await openTestLake(path), {
    settings: [{ type: 'file', path: outside }],
    everyMs: 0,
    files: folderFiles(path, 'main'),
    writer: 'main',
    origin: ORIGIN,
    fetch,
    clock: ticking(),
    log: silentLogger,
    ...over,
  });
}

test('each seal that takes something in goes outside, and the next seal has the receipt on record', async () => {
  const [path, outside] = [await temporaryFolder(), await temporaryFolder()];
  const lake = await open(path, outside);
  lake.append(aCapture({ sequence: 1 }));
  await lake.seal();
  await expect.poll(() => readdirSync(outside)).toHaveLength(1);
  await expect.poll(() => lake.pending.oldestAt).toBeDefined();
  await lake.seal();
  // A seal of receipts alone is not sent on.
  expect(await lake.seal()).toBeUndefined();
  await lake.close();
  expect(readdirSync(outside)).toHaveLength(1);
  const [receipt = ''] = readdirSync(join(path, 'log/main/anchors'));
  expect(receipt).toMatch(/^\d+\.file-1$/);
  expect((await verify(path)).faults).toEqual([]);

  writeFileSync(join(path, 'log/main/anchors', receipt), 'changed');
  expect((await verify(path)).faults).toMatchObject([
    {
      kind: 'checkpoint',
      place: `log/main/anchors/${receipt}`,
      what: expect.stringContaining('receipt was changed'),
    },
  ]);
});

test('a head that has no receipt goes outside after a restart', async () => {
  const [path, outside] = [await temporaryFolder(), await temporaryFolder()];
  const lake = await openTestLake(path);
  lake.append(aCapture({ sequence: 1 }));
  await lake.seal();
  await lake.close();
  const again = await open(path, outside);
  await expect.poll(() => readdirSync(outside)).toHaveLength(1);
  await again.close();
});

test('without anchors the lake is as it was', async () => {
  const lake = await openTestLake(await temporaryFolder());
  const path = await temporaryFolder();
  const parts = { everyMs: 0, files: folderFiles(path, 'main'), writer: 'main', origin: ORIGIN };
  const rest = { fetch, clock: () => 0, log: silentLogger };
  expect(await anchoredLake(lake, { settings: [], ...parts, ...rest })).toBe(lake);
  await lake.close();
});
