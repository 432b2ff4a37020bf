import { describe, expect, test } from 'vitest';
import {
  AzureCredentialSettings,
  createAzureCredential,
  patient,
} from '../../src/collect/azure-credential.ts';
import { T0 } from '../support/samples.ts';

const [tenantId, clientId] = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];

describe('a credential', () => {
  test.each([
    [{ type: 'managed_identity' }],
    [{ type: 'managed_identity', clientId }],
    [{ type: 'workload_identity', tenantId, clientId, tokenFile: '/var/run/token' }],
    [{ type: 'client_secret', tenantId, clientId, clientSecret: 'x' }],
    [{ type: 'client_certificate', tenantId, clientId, certificate: '/etc/cert.pem' }],
    [{ type: 'client_certificate', tenantId, clientId, certificate: '/etc/cert.pem', password: 'x' }],
    [{ type: 'default', clientId }],
  ])('of %j is made by the SDK', async (given) => {
    const credential = await createAzureCredential(AzureCredentialSettings.parse(given), () => T0);
    expect(credential).toHaveProperty('getToken');
  });

  test.each([
    [{ type: 'client_secret', tenantId, clientId }],
    [{ type: 'client_secret', tenantId: '', clientId, clientSecret: 'x' }],
    [{ type: 'managed_identity', secret: 'x' }],
    [{ type: 'client_certificate', tenantId, clientId, certificate: 'a', authorityHost: 'not a url' }],
    [{ type: 'password' }],
  ])('of %j is refused', (given) => {
    expect(AzureCredentialSettings.safeParse(given).success).toBe(false);
  });
});

describe('a token', () => {
  const expiring = (inMs: number) =>
    patient({ getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: T0 + inMs }) }, () => T0);

  test('that lasts is passed on as it is', async () => {
    expect(await expiring(3_600_000).getToken('scope')).toEqual({
      token: 't',
      expiresOnTimestamp: T0 + 3_600_000,
    });
  });

  test('that is about to end is renewed in a minute, and not again and again without a pause', async () => {
    for (const inMs of [-5_000, 0, 90_000, 120_000])
      expect(await expiring(inMs).getToken('scope')).toEqual({
        token: 't',
        expiresOnTimestamp: T0 + 180_000,
      });
  });

  test('that there is none of stays none', async () => {
    expect(await patient({ getToken: () => Promise.resolve(null) }, () => T0).getToken('scope')).toBeNull();
  });
});
