import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadToken } from '../../src/serve/token.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-token-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

test('the first run makes a token that only its owner can read, later runs take the same', async () => {
  const file = join(folder, 'state', 'token');
  const first = await loadToken(file);
  expect(first).toMatchObject({ isNew: true, isReadableByOthers: false });
  expect(first.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'state'))).mode & 0o777).toBe(0o700);
  expect(await loadToken(file)).toEqual({ ...first, isNew: false });
});

test('two folders never get the same token', async () => {
  const tokens = await Promise.all([loadToken(join(folder, 'a')), loadToken(join(folder, 'b'))]);
  expect(new Set(tokens.map(({ token }) => token)).size).toBe(2);
});

test('the randomness is an argument', async () => {
  const { token } = await loadToken(join(folder, 'token'), (size) => Buffer.alloc(size, 7));
  expect(token).toBe(Buffer.alloc(32, 7).toString('base64url'));
});

test('a token that the platform hands in is taken as it is, and said to be readable by others when it is', async () => {
  const file = join(folder, 'token');
  await writeFile(file, 'handed-in-by-the-platform-0123456789\n');
  await chmod(file, 0o444);
  expect(await loadToken(file)).toEqual({
    token: 'handed-in-by-the-platform-0123456789',
    isNew: false,
    isReadableByOthers: true,
  });
});

test.each([
  '',
  '\n',
  'short',
  'has spaces in it which no header would take',
  'x'.repeat(257),
  '$(id)'.repeat(9),
])('a file holding %j is refused without repeating what it holds', async (text) => {
  const file = join(folder, 'token');
  await writeFile(file, text);
  const failure = await loadToken(file).then(
    () => undefined,
    (thrown: unknown) => thrown as Error & { code: string },
  );
  expect(failure?.code).toBe('SECRET_MISSING');
  expect(failure?.message).toContain('it holds no token');
  const held = text.trim();
  expect(failure?.message).not.toContain(held === '' ? 'undefined' : held);
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('a place that cannot hold a file is an error that names it', async () => {
  await writeFile(join(folder, 'plain'), '');
  await expect(loadToken(join(folder, 'plain', 'token'))).rejects.toThrow(/token file .*plain/);
});
