import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import { startAzureServer, TOKEN } from './server.ts';
import type { AzureAnswer, AzureRequest, AzureServer } from './server.ts';

const VERSION = '0123456789abcdef0123456789abcdef';
export const NEXT_VERSION = 'fedcba9876543210fedcba9876543210';

/** An error as Key Vault words it. */
export const vaultRefused = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
): AzureAnswer => ({
  kind: 'json',
  status,
  body: { error: { code, message: `${code} (as the vault says it)` } },
  headers,
});

export interface Vault extends AsyncDisposable {
  readonly server: AzureServer;
  /** A key and its version. */
  readonly keyId: string;
  readonly nextKeyId: string;
  /** The operations that were done, `wrapkey` or `unwrapkey`, with the version. */
  readonly done: readonly string[];
}

/** `POST /keys/{name}/{version}/wrapkey` and `unwrapkey`, RSA-OAEP-256, behind the challenge that Key Vault begins with. */
export async function startVault(): Promise<Vault> {
  const keys = new Map(
    [VERSION, NEXT_VERSION].map((version) => [version, generateKeyPairSync('rsa', { modulusLength: 2048 })]),
  );
  const done: string[] = [];
  const answer = ({ url, body, headers }: AzureRequest): AzureAnswer => {
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return vaultRefused(401, 'Unauthorized', {
        'www-authenticate':
          'Bearer authorization="https://login.example.com/00000000-0000-0000-0000-000000000001", resource="https://vault.example.com"',
      });
    const [, name, version, operation] = /^\/keys\/([^/]+)\/([^/]+)(?:\/(\w+))?$/.exec(url.pathname) ?? [];
    const pair = keys.get(version ?? '');
    if (name !== 'plumbline' || pair === undefined) return vaultRefused(404, 'KeyNotFound');
    // The identity may use the key, and not read it: the role for wrapping alone.
    if (operation === undefined) return vaultRefused(403, 'Forbidden');
    const { alg, value } = JSON.parse(body) as { alg: string; value: string };
    if (alg !== 'RSA-OAEP-256') return vaultRefused(400, 'BadParameter');
    const bytes = Buffer.from(value, 'base64url');
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const result =
      operation === 'wrapkey'
        ? publicEncrypt({ key: pair.publicKey, ...padding }, bytes)
        : privateDecrypt({ key: pair.privateKey, ...padding }, bytes);
    done.push(`${operation} ${version}`);
    return {
      kind: 'json',
      body: { kid: `https://${url.host}/keys/${name}/${version}`, value: result.toString('base64url') },
    };
  };
  const server = await startAzureServer(answer, () => true);
  return {
    server,
    keyId: `${server.endpoint}/keys/plumbline/${VERSION}`,
    nextKeyId: `${server.endpoint}/keys/plumbline/${NEXT_VERSION}`,
    done,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
