import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { createWorkplace } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';
import { capturesOf, sizeOf } from '../support/lakes.ts';
import { diagnosticsDeleted, ndjson, ordinary } from '../support/records.ts';

/** Enough to be in the middle of it when the signal comes: some 12 MB in 200 blocks. */
const RECORDS = 18_000;

interface Result {
  readonly findings: readonly { readonly id: string }[];
  readonly verification: { readonly ok: boolean };
}

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
  const records = Array.from({ length: RECORDS }, (_, index) =>
    index % 2000 === 0 ? diagnosticsDeleted(`aoai-${index}`, index % 600) : ordinary(index % 600),
  );
  writeFileSync(join(place.folder, 'large.ndjson'), ndjson(...records));
  // Sealed often, so that the signal meets a lake that holds something.
  for (const name of ['whole', 'cut'])
    writeFileSync(join(place.folder, `${name}.yml`), `data: ${name}\nlake: { sealRecords: 1000 }\n`);
});
afterAll(() => place[Symbol.dispose]());

const lakeOf = (name: string): string => join(place.folder, name, 'lake');
const sealedIn = (name: string): number => {
  try {
    return sizeOf(lakeOf(name));
  } catch {
    return 0;
  }
};

test('Ctrl-C in the middle seals what was read, and the same command completes the lake', async () => {
  const replay = ['replay', 'large.ndjson', '--output', 'json', '--config'] as const;
  const whole = await place.run(...replay, 'whole.yml');
  expect(whole.code).toBe(0);

  await using child = startChild([...replay, 'cut.yml'], { cwd: place.folder });
  await expect.poll(() => sealedIn('cut'), { timeout: 30_000, interval: 5 }).toBeGreaterThan(0);
  child.process.kill('SIGINT');
  const { code, signal, out, err } = await child.ended;
  expect([code, signal]).toEqual([130, null]);
  expect(err).toBe('plumbline: interrupted; the same command goes on from here\n');
  expect((JSON.parse(out) as Result).verification.ok).toBe(true);

  const all = capturesOf(lakeOf('whole'));
  const some = capturesOf(lakeOf('cut'));
  expect(some.length).toBeGreaterThan(0);
  expect(some.length).toBeLessThan(all.length);
  expect(all).toEqual(expect.arrayContaining(some));
  expect((await place.run('verify', '--config', 'cut.yml')).code).toBe(0);

  const rest = await place.run(...replay, 'cut.yml');
  expect(rest.code).toBe(0);
  expect(capturesOf(lakeOf('cut'))).toEqual(all);
  const ids = (text: string): string[] => (JSON.parse(text) as Result).findings.map(({ id }) => id);
  expect(ids(rest.out)).toEqual(ids(whole.out));
  expect((await place.run('verify', '--config', 'cut.yml')).code).toBe(0);
}, 90_000);
