import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { loadOrCreateSigner } from '../../src/store/keys.ts';
import { temporaryFolder } from './lakes.ts';

test('the key is made on the first run, for its owner alone, and is the same on the next', async () => {
  const path = join(await temporaryFolder(), 'keys', 'signing.pem');
  const first = await loadOrCreateSigner(path, 'lake.example.com/test');
  const again = await loadOrCreateSigner(path, 'lake.example.com/test');
  expect(again.verifier.verifierKey).toBe(first.verifier.verifierKey);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
  expect(await readFile(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
});

test('another run never replaces a key that is there', async () => {
  const path = join(await temporaryFolder(), 'keys', 'signing.pem');
  await loadOrCreateSigner(path, 'lake.example.com/test');
  const pem = await readFile(path, 'utf8');
  await loadOrCreateSigner(path, 'lake.example.com/test', () => 'never asked for');
  expect(await readFile(path, 'utf8')).toBe(pem);
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  format: 'pem',
  type: 'pkcs8',
});
test.each([
  ['no key at all', 'secret-that-must-not-show', 'lake.example.com/test'],
  ['a key of another kind', rsa.toString(), 'lake.example.com/test'],
  ['an origin that cannot name a key', undefined, 'a lake'],
])('%s is refused, and never shown', async (_name, content, origin) => {
  const folder = join(await temporaryFolder(), 'keys');
  await mkdir(folder);
  const path = join(folder, 'signing.pem');
  if (content === undefined) await loadOrCreateSigner(path, 'lake.example.com/test');
  else await writeFile(path, content);
  const refused = await loadOrCreateSigner(path, origin).catch((thrown: unknown) => thrown);
  expect(refused).toMatchObject({ code: 'CONFIG_INVALID', where: path });
  expect((refused as Error).message).not.toContain('secret-that-must-not-show');
});

test('a key that cannot be read is an error of its own, not a reason to make another', async () => {
  const folder = await temporaryFolder();
  await chmod(folder, 0o700);
  await mkdir(join(folder, 'signing.pem'));
  await expect(loadOrCreateSigner(join(folder, 'signing.pem'), 'lake.example.com/test')).rejects.toThrow(
    'EISDIR',
  );
});
