import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { envelope, ordinary } from '../support/records.ts';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'broken';
  readonly found: string;
  readonly fix: string;
}

let place: Workplace;
beforeEach(() => {
  place = createLeanWorkplace();
  writeFileSync(join(place.folder, 'c.yml'), 'serve: { port: 0 }\n');
});
afterEach(() => place[Symbol.dispose]());

async function examine(over: Parameters<Workplace['runWith']>[0] = {}) {
  const { code, out, err } = await place.runWith(over, 'doctor', '-c', 'c.yml', '-o', 'json');
  expect(err).toBe('');
  const checks = JSON.parse(out) as Check[];
  const check = (name: string): Check | undefined => checks.find((one) => one.name === name);
  return { code, checks, check };
}
const fillLake = async (): Promise<void> => {
  writeFileSync(join(place.folder, 'x.json'), envelope(ordinary()));
  await place.run('replay', 'x.json');
};
const key = (): string => join(place.folder, 'data/keys/evidence-signing-key.pem');

test('on a machine that has all it needs every check is a line with a tick, and the exit is 0', async () => {
  const { code, out, err } = await place.run('doctor', '--config', 'c.yml');
  expect([code, err]).toEqual([0, '']);
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => line.slice(0, 1))).toEqual(lines.map(() => '✓'));
  for (const name of [
    'node',
    'clock',
    'data folder',
    'signing key',
    'detections and mappings',
    'lake',
    'port',
  ])
    expect(out).toMatch(new RegExp(`^✓ +${name} `, 'm'));
});

test('a lake that holds evidence is verified', async () => {
  await fillLake();
  const { check } = await examine();
  expect(check('lake')).toMatchObject({
    state: 'ok',
    found: expect.stringMatching(/^verified: 1 message /) as string,
  });
  expect(check('signing key')).toMatchObject({ state: 'ok', found: 'for its owner alone' });
});

test('a signing key that others can read is broken, with the command that mends it', async () => {
  await fillLake();
  chmodSync(key(), 0o644);
  const broken = await examine();
  expect(broken.code).toBe(3);
  expect(broken.check('signing key')).toEqual({
    name: 'signing key',
    state: 'broken',
    found: 'others can read it',
    fix: `chmod 600 ${key()}`,
  });
  chmodSync(key(), 0o600);
  expect((await examine()).code).toBe(0);
});

test('an API token that others can read is a warning, because a platform may have mounted it so', async () => {
  mkdirSync(join(place.folder, 'data/keys'), { recursive: true });
  const token = join(place.folder, 'data/keys/api-token');
  writeFileSync(token, `${'t'.repeat(43)}\n`, { mode: 0o640 });
  expect((await examine()).check('API token')).toMatchObject({ state: 'warning', fix: `chmod 600 ${token}` });
  chmodSync(token, 0o600);
  const { check, checks } = await examine();
  expect(check('API token')).toMatchObject({ state: 'ok' });
  expect(JSON.stringify(checks)).not.toContain('ttttt');
});

test('a port that is taken is a warning, because the service itself may have it', async () => {
  const other = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  other.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => void other.close());
  writeFileSync(join(place.folder, 'c.yml'), `serve: { port: ${(other.address() as AddressInfo).port} }\n`);
  const { code, check } = await examine();
  expect(code).toBe(0);
  expect(check('port')).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('EADDRINUSE') as string,
    fix: 'is the service running already? Else set `serve.port`',
  });
});

test('a lake that was tampered with, and a key that is none, are broken, not the end of the examination', async () => {
  await fillLake();
  rmSync(join(place.folder, 'data/lake/log/main/verifier.vkey'));
  const tampered = await examine();
  expect([tampered.code, tampered.check('lake')?.state]).toEqual([3, 'broken']);
  writeFileSync(key(), 'not a key', { mode: 0o600 });
  const keyless = await examine();
  expect([keyless.code, keyless.check('lake')?.state]).toEqual([3, 'broken']);
  expect(keyless.checks).toHaveLength(tampered.checks.length);
});

test('rules that do not load, a folder that cannot be written, an old Node and a clock that is off are broken', async () => {
  writeFileSync(join(place.folder, 'file'), '');
  writeFileSync(join(place.folder, 'c.yml'), 'detections: none\ndata: file/below\nserve: { port: 0 }\n');
  const { code, check } = await examine({ nodeVersion: '20.19.2', clock: () => 0 });
  expect(code).toBe(3);
  for (const name of ['node', 'clock', 'data folder', 'detections and mappings'])
    expect(check(name)).toMatchObject({ state: 'broken', fix: expect.stringMatching(/\w/) as string });
});

test('looking changes nothing that is there', async () => {
  await fillLake();
  const before = statSync(key()).mtimeMs;
  await examine();
  expect(statSync(key()).mtimeMs).toBe(before);
});
