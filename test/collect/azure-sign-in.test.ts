import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAzureCredential } from '../../src/collect/azure-credential.ts';
import type { AzureCredentialSettings } from '../../src/collect/azure-credential.ts';
import { explainTrouble, isTransient } from '../../src/collect/polling/azure-trouble.ts';
import { selfSigned } from '../support/amqp/certificate.ts';
import { TOKEN } from '../support/azure/server.ts';
import type { AzureServer } from '../support/azure/server.ts';
import { TENANT, signInRefused, startSignIn } from '../support/azure/sign-in.ts';

const SECRET = 'secret-of-the-test-client';
const SCOPE = 'https://storage.azure.com/.default';
/** More than any answer takes, and what is waited for one that does not come. */
const [LONG_MS, SHORT_MS] = [20_000, 400];
const folder = mkdtempSync(join(tmpdir(), 'plumbline-sign-in-'));
let server: AzureServer;
beforeAll(async () => {
  server = await startSignIn();
  writeFileSync(join(folder, 'token'), 'assertion-of-the-cluster');
  // The sign-in library takes RSA keys alone, and leaves it to the service whether the certificate is for this one.
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(join(folder, 'client.pem'), `${key}${selfSigned().cert}`);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const client = { tenantId: TENANT, clientId: '00000000-0000-0000-0000-000000000002' };
const kinds = (): Readonly<Record<string, AzureCredentialSettings>> => {
  const authorityHost = server.endpoint;
  return {
    client_secret: { type: 'client_secret', ...client, clientSecret: SECRET, authorityHost },
    client_certificate: {
      type: 'client_certificate',
      ...client,
      certificate: join(folder, 'client.pem'),
      authorityHost,
    },
    workload_identity: {
      type: 'workload_identity',
      ...client,
      tokenFile: join(folder, 'token'),
      authorityHost,
    },
  };
};
const signIn = async (
  kind: string,
  { timeoutMs = LONG_MS, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<string | undefined> => {
  const settings = kinds()[kind];
  if (settings === undefined) throw new RangeError(kind);
  const credential = await createAzureCredential(settings, Date.now, timeoutMs);
  return (await credential.getToken(SCOPE, signal && { abortSignal: signal }))?.token;
};
const need = { role: 'Reader', scope: 'here', setting: 'account' };
const whatOf = async (attempt: Promise<unknown>): Promise<{ words: string; isTransient: boolean }> => {
  const thrown = await attempt.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  return { words: explainTrouble(thrown, need), isTransient: isTransient(thrown) };
};

describe.each(['client_secret', 'client_certificate', 'workload_identity'])('a sign-in by %s', (kind) => {
  test('gets a token', async () => {
    expect(await signIn(kind)).toBe(TOKEN);
  });

  test.each([
    [401, 'invalid_client'],
    [403, 'access_denied'],
  ])(
    'that is refused with %i says what to check, is not repeated, and shows no secret',
    async (status, error) => {
      const asked = server.requests.length;
      server.failAfter(asked + 1, signInRefused(status, error));
      const { words, isTransient: isAskedAgain } = await whatOf(signIn(kind));
      expect(words).toMatch(new RegExp(`^sign-in failed: .*${error}.*; check \`credential\`$`));
      expect([isAskedAgain, server.requests.length - asked]).toEqual([false, 2]);
      expect(words).not.toMatch(new RegExp(`${SECRET}|assertion-of|PRIVATE KEY`));
    },
  );

  test.each([
    ['429 with Retry-After', signInRefused(429, 'temporarily_unavailable', { 'retry-after': '0' })],
    ['503 with Retry-After', signInRefused(503, 'temporarily_unavailable', { 'retry-after': '0' })],
  ])('that is put off with %s is asked again by the SDK', async (_what, refusal) => {
    server.failAfter(server.requests.length + 1, refusal);
    expect(await signIn(kind)).toBe(TOKEN);
  });

  test('whose answer breaks off may be tried again', async () => {
    server.failAfter(server.requests.length + 1, { kind: 'truncated', body: { access_token: TOKEN } });
    const { words, isTransient: isAskedAgain } = await whatOf(signIn(kind));
    expect([words.startsWith('sign-in was not answered'), isAskedAgain]).toEqual([true, true]);
  });

  test('whose answer stalls does not hold anybody up', async () => {
    server.failAfter(server.requests.length + 1, { kind: 'stalled', body: { access_token: TOKEN } });
    const { words, isTransient: isAskedAgain } = await whatOf(signIn(kind, { timeoutMs: SHORT_MS }));
    expect(words).toBe('no token within 0.4 s; can this machine reach the sign-in endpoint?');
    expect(isAskedAgain).toBe(true);
  });

  test('that nobody waits for any more ends at once', async () => {
    await expect(signIn(kind, { signal: AbortSignal.abort() })).rejects.toThrow(/abort|nobody waits/i);
  });
});

describe('the managed identity of a machine', () => {
  let next: ((response: ServerResponse) => void) | undefined;
  let asked = 0;
  const endpoint = createServer((_incoming, response) => {
    asked++;
    const fail = next;
    next = undefined;
    response.setHeader('content-type', 'application/json');
    if (fail !== undefined) fail(response);
    else {
      const expires = String(Math.floor(Date.now() / 1000) + 86_400);
      response.end(
        JSON.stringify({ access_token: TOKEN, expires_on: expires, resource: 'r', token_type: 'Bearer' }),
      );
    }
  });
  beforeAll(async () => {
    endpoint.listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    process.env['IDENTITY_ENDPOINT'] =
      `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/msi/token`;
    process.env['IDENTITY_HEADER'] = 'header-of-the-test-identity';
  });
  afterAll(() => {
    endpoint.closeAllConnections();
    endpoint.close();
  });

  let resources = 0;
  /** Tokens are kept for the whole process, so each attempt is about another resource. */
  const identify = async (fail?: (response: ServerResponse) => void, timeoutMs = LONG_MS) => {
    next = fail;
    const credential = await createAzureCredential({ type: 'managed_identity' }, Date.now, timeoutMs);
    return (await credential.getToken(`https://resource-${++resources}.example.com/.default`))?.token;
  };
  const status =
    (code: number, headers = {}) =>
    (response: ServerResponse): void =>
      void response.writeHead(code, headers).end(JSON.stringify({ statusCode: code, message: 'as it says' }));

  test('gives a token', async () => {
    expect(await identify()).toBe(TOKEN);
  });

  test.each([401, 403])('that is refused with %i says what to check, and is not repeated', async (code) => {
    const before = asked;
    const { words, isTransient: isAskedAgain } = await whatOf(identify(status(code)));
    expect(words).toMatch(/^sign-in failed: ManagedIdentityCredential.*as it says.*; check `credential`$/);
    expect([isAskedAgain, asked - before]).toEqual([false, 1]);
    expect(words).not.toContain('header-of-the-test-identity');
  });

  test('that is throttled is asked again when it said', async () => {
    expect(await identify(status(429, { 'retry-after': '0' }))).toBe(TOKEN);
  });

  test('that breaks off may be tried again', async () => {
    const { words, isTransient: isAskedAgain } = await whatOf(
      identify((response) => {
        response.setHeader('content-length', 500);
        response.write('{"access_token":', () => response.destroy());
      }),
    );
    expect([words.startsWith('sign-in was not answered'), isAskedAgain]).toEqual([true, true]);
  });

  test.each([
    ['that fails', status(500)],
    ['that says nothing', () => undefined],
  ])('%s for longer than a token may take does not hold anybody up', async (_what, fail) => {
    const keepFailing = (response: ServerResponse): void => {
      next = keepFailing;
      fail(response);
    };
    const { words, isTransient: isAskedAgain } = await whatOf(identify(keepFailing, SHORT_MS));
    expect(words).toMatch(/^no token within 0\.4 s/);
    expect(isAskedAgain).toBe(true);
  });
});
