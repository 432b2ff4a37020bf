import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../src/lib/clock.ts';
import { originOf } from '../../src/proof/commits.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { loadOrCreateSigner } from '../../src/store/keys.ts';
import { openLake } from '../../src/store/lake.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { foldersIn } from '../../src/cli/folders.ts';
import { anEvent } from '../support/samples.ts';
import { startChild } from '../support/child.ts';
import { createWorkplace } from '../support/cli.ts';
import { envelope, ordinary } from '../support/records.ts';
import { aCapture } from '../store/lakes.ts';

const LAKE = 'plumbline.example/lake';

/** A lake that a service wrote on two days: one long ago, one a few days back. */
async function oldLake(data: string, days: readonly number[]): Promise<void> {
  const origin = originOf(LAKE, 'main');
  mkdirSync(data, { recursive: true });
  const signer = await loadOrCreateSigner(foldersIn(data).signingKey, origin);
  let now = 0;
  const lake = await openLake({ path: foldersIn(data).lake, origin: LAKE, signer, clock: () => now });
  let sequence = 0;
  for (const day of days) {
    now = Date.now() - day * DAY_MS;
    for (let i = 0; i < 5; i++) {
      sequence++;
      const capture = aCapture({ sequence, receivedAt: now, stream: 'past' });
      const leaf = lake.append(capture) ?? -1;
      lake.addEvents([anEvent({ id: `past-${sequence}`, time: now, evidence: { leaf, record: 0 } })]);
      await lake.seal();
    }
  }
  await lake.close();
}

test('a running service puts small files together and deletes what is past its time, while it takes in', async () => {
  using place = createWorkplace();
  const data = join(place.folder, 'data');
  await oldLake(data, [100, 3]);
  mkdirSync(join(place.folder, 'inbox'));
  writeFileSync(join(place.folder, 'inbox/export.json'), envelope(ordinary()));
  writeFileSync(
    join(place.folder, 'plumbline.yml'),
    `lake: { sealAfter: 1s, compactFrom: 4 }
retention: { frameworks: [], atMost: 30d, automatic: true, grace: 1d }
sources: { inbox: { type: files, paths: [inbox] } }
serve: { port: 0 }
`,
  );
  await using child = startChild(['run', '--config', 'plumbline.yml'], { cwd: place.folder });
  const [, url = ''] = await child.until(/"url":"(http:[^"]+)"/);
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(
      new RegExp(`^${name.replaceAll(/[{}]/g, String.raw`\$&`)} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
    );
  };
  while ((await metric('plumbline_upkeep_total{task="vacuum",outcome="done"}')) === 0)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await metric('plumbline_upkeep_files_total{task="compact"}')).toBe(20);
  expect(await metric('plumbline_upkeep_files_total{task="retain"}')).toBe(2);
  expect(await metric('plumbline_upkeep_total{task="compact",outcome="failed"}')).toBe(0);
  child.process.kill('SIGTERM');
  const { code } = await child.ended;
  expect(code).toBe(0);

  const { files } = await readSnapshot(folderFiles(foldersIn(data).lake));
  const rowsOf = (table: 'captures' | 'events', day: number): number[] => {
    const folder = `${table}/day=${new Date(Date.now() - day * DAY_MS).toISOString().slice(0, 10)}/`;
    return files[table].filter(({ path }) => path.startsWith(folder)).map(({ rows }) => rows);
  };
  expect([rowsOf('captures', 100), rowsOf('events', 100)]).toEqual([[5], []]);
  expect([rowsOf('captures', 3), rowsOf('events', 3)]).toEqual([[5], [5]]);
  const { code: verified, out } = await place.run('verify', '--config', 'plumbline.yml');
  expect([verified, out]).toEqual([0, expect.stringContaining('match the signed log')]);
  const log = out + (await place.run('verify', '--config', 'plumbline.yml', '--output', 'json')).out;
  expect(log).toContain('plumbline run');
}, 90_000);
