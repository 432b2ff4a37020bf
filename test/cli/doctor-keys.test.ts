import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { envelope, ordinary } from '../support/records.ts';

let place: Workplace;
const at = (path: string): string => join(place.folder, path);
const config = (encryption: string): void =>
  writeFileSync(at('c.yml'), `serve: { port: 0 }\nlake: { ${encryption} }\n`);
beforeEach(() => {
  place = createLeanWorkplace();
  writeFileSync(at('x.json'), envelope(ordinary()));
  config('encryption: { keyFile: kek }');
});
afterEach(() => place[Symbol.dispose]());

async function found(): Promise<{ state: string; found: string; fix: string }> {
  const { out } = await place.run('doctor', '-c', 'c.yml', '-o', 'json');
  const checks = JSON.parse(out) as { name: string; state: string; found: string; fix: string }[];
  return checks.find(({ name }) => name === 'encryption') ?? { state: '', found: '', fix: '' };
}

test('a key that wraps, unwraps and opens what is there is fine, and before the first run nothing is made', async () => {
  expect(await found()).toMatchObject({ state: 'ok', found: 'its key file is made on the first run' });
  expect(await found()).toMatchObject({ state: 'ok' });
  await place.run('replay', 'x.json', '-c', 'c.yml');
  expect((await found()).found).toMatch(/^file:[0-9a-f]{16} wraps and unwraps, and opens 1 data keys$/);
});

test('a key file that others can read, that is missing, or is another one, is broken', async () => {
  await place.run('replay', 'x.json', '-c', 'c.yml');
  chmodSync(at('kek'), 0o644);
  expect(await found()).toMatchObject({ state: 'broken', fix: `chmod 600 ${at('kek')}` });
  writeFileSync(at('kek'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
  expect((await found()).fix).toMatch(/is this the right key file\?/);
  rmSync(at('kek'));
  expect(await found()).toMatchObject({
    state: 'broken',
    fix: expect.stringMatching(/bring it back/) as string,
  });
});

test('a key in the lake that it opens, and a configuration that forgets the key, are broken', async () => {
  config('encryption: { keyFile: data/lake/kek }');
  await place.run('replay', 'x.json', '-c', 'c.yml');
  expect((await found()).found).toBe('the key file lies in the lake that it opens');
  config('writer: main');
  expect(await found()).toMatchObject({
    state: 'broken',
    fix: expect.stringMatching(/set `lake\.encryption`/) as string,
  });
});

test('without encryption the check says so', async () => {
  config('writer: main');
  expect(await found()).toEqual(
    expect.objectContaining({ state: 'ok', found: 'off: messages are kept as they came' }),
  );
});
