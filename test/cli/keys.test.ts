import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { envelope, ordinary } from '../support/records.ts';

let place: Workplace;
beforeEach(() => {
  place = createLeanWorkplace();
});
afterEach(() => place[Symbol.dispose]());

test('a key is changed, the next run takes it up, and the old key still verifies the lake', async () => {
  writeFileSync(join(place.folder, 'a.json'), envelope(ordinary()));
  await place.run('replay', 'a.json');
  const old = (await place.run('keys', 'show')).out.trim();
  const rotated = await place.run('keys', 'rotate');
  expect([rotated.code, rotated.err]).toEqual([0, '']);
  expect(rotated.out).toMatch(/^the key of \S+ was changed; restart the service/);
  const next = (await place.run('keys', 'show')).out.trim();
  expect(next).not.toBe(old);
  expect(rotated.out).toContain(next);
  writeFileSync(join(place.folder, 'b.json'), envelope(ordinary(), ordinary()));
  await place.run('replay', 'b.json');
  for (const key of [old, next]) {
    const { code, out } = await place.run('verify', '--key', key);
    expect([code, out]).toEqual([0, expect.stringMatching(/^verified/)]);
  }
  const pem = readFileSync(join(place.folder, 'data/keys/evidence-signing-key.pem'), 'utf8');
  expect(rotated.out).not.toContain(pem.split('\n')[1]);
});

test('without a key there is none to show or to change', async () => {
  for (const what of ['show', 'rotate']) {
    const { code, err } = await place.run('keys', what);
    expect(code).not.toBe(0);
    expect(err).toMatch(/evidence-signing-key\.pem: there is no signing key yet/);
  }
});
