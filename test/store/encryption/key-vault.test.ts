import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeError } from '../../../src/lib/errors.ts';
import { keyVaultWrapper } from '../../../src/store/encryption/key-vault.ts';
import type { KeyWrapper } from '../../../src/store/encryption/key-wrapper.ts';
import { keyCheck } from '../../../src/proof/data-key.ts';
import { startVault, vaultRefused } from '../../support/azure/key-vault.ts';
import type { Vault } from '../../support/azure/key-vault.ts';
import { TOKEN } from '../../support/azure/server.ts';
import { messages, take, temporaryFolder, verify } from '../lakes.ts';
import { openEncrypted, payloadOf } from './encrypted-lakes.ts';

let vault: Vault;
beforeAll(async () => {
  vault = await startVault();
});
afterAll(() => vault[Symbol.asyncDispose]());

const credential = {
  getToken: () => Promise.resolve({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }),
};
const wrapperOf = (keyId = vault.keyId, timeoutMs = 20_000): Promise<KeyWrapper> =>
  keyVaultWrapper(keyId, { credential, retryDelayMs: 1, isChallengeVerified: false, timeoutMs });

const key = Buffer.alloc(32, 9);
const facts = { purpose: 'data', number: 1, from: 0, check: keyCheck(key) } as const;

test('a data key is wrapped and unwrapped in the vault, behind its challenge, without leave to read the key', async () => {
  const wrapper = await wrapperOf();
  const wrapped = await wrapper.wrap(key, facts);
  expect(wrapped).toMatchObject({ by: vault.keyId, algorithm: 'RSA-OAEP-256' });
  expect(wrapped.value).toHaveLength(344);
  expect(Buffer.from(await wrapper.unwrap({ ...facts, wrapped }))).toEqual(key);
  const requests = vault.server.requests;
  expect(requests[0]?.headers.authorization).toBeUndefined();
  expect(vault.done.slice(-2).map((line) => line.split(' ')[0])).toEqual(['wrapkey', 'unwrapkey']);
});

test('a lake under a key of the vault is written, and opened again by another version of the same key', async () => {
  const path = await temporaryFolder();
  const { lake, keys } = await openEncrypted(path, { wrapper: await wrapperOf() });
  const payload = payloadOf(keys);
  for (const message of messages('vault', 10)) take(lake, message);
  await lake.seal();
  await lake.close();
  const again = await openEncrypted(path, { wrapper: await wrapperOf(vault.nextKeyId) });
  expect(payloadOf(again.keys).keys).toEqual(payload.keys);
  await again.lake.close();
  expect(await verify(path, { payload })).toMatchObject({ ok: true, payloads: { opened: 10 } });
});

test('throttling is waited out as the vault asks, and outages are tried again', async () => {
  const wrapper = await wrapperOf();
  await wrapper.wrap(key, facts);
  const before = vault.server.requests.length;
  vault.server.failNext(
    vaultRefused(429, 'Throttled', { 'retry-after': '0' }),
    vaultRefused(503, 'ServiceUnavailable'),
    vaultRefused(500, 'InternalError'),
  );
  expect((await wrapper.wrap(key, facts)).by).toBe(vault.keyId);
  expect(vault.server.requests.length - before).toBe(4);
});

test.each([
  [
    vaultRefused(403, 'ForbiddenByRbac'),
    /wrapKey was refused \(403\).*Key Vault Crypto Service Encryption User/,
  ],
  [vaultRefused(404, 'KeyNotFound'), /no such key or version \(404\)/],
  [vaultRefused(401, 'Unauthorized'), /token was not accepted \(401\)/],
  [vaultRefused(400, 'BadParameter'), /BadParameter/],
])('a refusal of the vault says what to do: %#', async (refusal, said) => {
  const wrapper = await wrapperOf();
  await wrapper.wrap(key, facts);
  vault.server.failNext(refusal);
  const failing = wrapper.wrap(key, facts);
  await expect(failing).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE', where: vault.keyId });
  await expect(failing).rejects.toThrow(said);
  const text = await failing.then(String, describeError);
  expect(text).not.toContain(TOKEN);
  expect(text).not.toContain(key.toString('base64'));
});

test('a vault that stays down, or says nothing, is given up on', async () => {
  const wrapper = await wrapperOf();
  await wrapper.wrap(key, facts);
  vault.server.failNext(...Array.from({ length: 5 }, () => vaultRefused(503, 'ServiceUnavailable')));
  await expect(wrapper.wrap(key, facts)).rejects.toThrow(/the vault failed \(503\) after every attempt/);
  vault.server.failNext(
    ...Array.from({ length: 5 }, () => vaultRefused(429, 'Throttled', { 'retry-after': '0' })),
  );
  await expect(wrapper.wrap(key, facts)).rejects.toThrow(/throttled \(429\)/);
  const impatient = await wrapperOf(vault.keyId, 300);
  await impatient.wrap(key, facts);
  vault.server.failNext({ kind: 'stalled', body: { kid: 'x' } });
  await expect(impatient.wrap(key, facts)).rejects.toThrow(/no answer within 0\.3 s/);
});

test('no token goes to a vault that a file of the lake names, but for the configured one', async () => {
  const wrapper = await wrapperOf();
  const by = 'https://other.example.com/keys/plumbline/0123456789abcdef0123456789abcdef';
  const wrapped = { by, algorithm: 'RSA-OAEP-256', value: 'AAAA' };
  await expect(wrapper.unwrap({ ...facts, wrapped })).rejects.toThrow(
    /not by a version of https:\/\/localhost/,
  );
  await expect(wrapper.unwrap({ ...facts, wrapped: null })).rejects.toThrow(/wrapped by nothing/);
});

test('a key without a version, or none, is an error of the configuration', async () => {
  for (const keyId of [
    'https://vault.example.com/keys/plumbline',
    'http://vault.example.com/keys/a/0123456789abcdef0123456789abcdef',
    'x',
  ])
    await expect(wrapperOf(keyId)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
