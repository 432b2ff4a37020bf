import type { CryptographyClient } from '@azure/keyvault-keys';
import type { TokenCredential } from '@azure/identity';
import { SECOND_MS } from '../../lib/clock.ts';
import { PipelineError, describeError } from '../../lib/errors.ts';
import { dataKeyPath } from '../../proof/data-key.ts';
import type { KeyWrapper } from './key-wrapper.ts';

/** RSA-OAEP with SHA-256: what RSA and RSA-HSM keys of Key Vault can do for wrapping. */
const ALGORITHM = 'RSA-OAEP-256';
const ROLE = 'Key Vault Crypto Service Encryption User';

/** `https://<vault>.vault.azure.net/keys/<name>/<version>`: a version, so that it is known which key opens what. */
export const KEY_ID = /^(https:\/\/[^/\s]+)\/keys\/([0-9A-Za-z-]{1,127})\/([0-9a-f]{32})$/;

export interface KeyVaultOptions {
  readonly credential: TokenCredential;
  /** Wait before the second attempt, ms; doubles. A `Retry-After` of the service comes first. (Default: 800) */
  readonly retryDelayMs?: number;
  /** False: the vault may ask for tokens of another resource than its own domain. (Default: true) */
  readonly isChallengeVerified?: boolean;
  /** One attempt ends after this long, ms. (Default: 20 s) */
  readonly timeoutMs?: number;
}

const statusOf = (thrown: unknown): number | undefined => {
  const status = thrown instanceof Error ? (thrown as { statusCode?: unknown }).statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
};

function why(thrown: unknown, operation: 'wrapKey' | 'unwrapKey', timeoutMs: number): string {
  const name = thrown instanceof Error ? thrown.name : '';
  if (['AuthenticationError', 'AuthenticationRequiredError', 'CredentialUnavailableError'].includes(name))
    return `sign-in failed: ${firstLine(thrown)}; check \`lake.encryption.keyVault.credential\``;
  if (name === 'AbortError')
    return `no answer within ${timeoutMs / SECOND_MS} s; is the vault's firewall open to this machine?`;
  const status = statusOf(thrown);
  switch (status) {
    case undefined:
      return firstLine(thrown);
    case 401:
      return 'the token was not accepted (401); is the credential of the tenant that the vault belongs to?';
    case 403:
      return `${operation} was refused (403); give the identity the role ${ROLE} on the key, and see that the vault's firewall lets it in`;
    case 404:
      return 'there is no such key or version (404); check `lake.encryption.keyVault.keyId`, and the deleted keys of the vault';
    case 429:
      return 'throttled (429) after every attempt';
    default:
      return status >= 500 ? `the vault failed (${status}) after every attempt` : firstLine(thrown);
  }
}

const firstLine = (thrown: unknown): string => (describeError(thrown).split('\n', 1)[0] ?? '').slice(0, 300);

/**
 * A key in Azure Key Vault (or Managed HSM): it wraps and unwraps there, and never leaves it. `@azure/keyvault-keys` is
 * loaded by the first one.
 *
 * @param keyId with its version; another version of the same key unwraps what it wrapped.
 * @throws PipelineError CONFIG_INVALID when it names no version of a key.
 */
export async function keyVaultWrapper(keyId: string, options: KeyVaultOptions): Promise<KeyWrapper> {
  const { credential, retryDelayMs = 800, isChallengeVerified = true, timeoutMs = 20 * SECOND_MS } = options;
  const [, vault, name] = KEY_ID.exec(keyId) ?? [];
  if (vault === undefined || name === undefined)
    throw new PipelineError(
      'CONFIG_INVALID',
      'lake.encryption.keyVault.keyId',
      `"${keyId}" names no version of a key: https://<vault>.vault.azure.net/keys/<name>/<version>`,
    );
  const { CryptographyClient: Client } = await import('@azure/keyvault-keys');
  const clients = new Map<string, CryptographyClient>();
  const clientOf = (id: string): CryptographyClient => {
    const known = clients.get(id);
    if (known !== undefined) return known;
    const made = new Client(id, credential, {
      disableChallengeResourceVerification: !isChallengeVerified,
      retryOptions: { maxRetries: 4, retryDelayInMs: retryDelayMs, maxRetryDelayInMs: 30 * SECOND_MS },
    });
    clients.set(id, made);
    return made;
  };
  const call = async <T>(
    id: string,
    operation: 'wrapKey' | 'unwrapKey',
    ask: (client: CryptographyClient, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    try {
      return await ask(clientOf(id), AbortSignal.timeout(timeoutMs));
    } catch (cause) {
      throw new PipelineError('KEY_UNAVAILABLE', id, why(cause, operation, timeoutMs), { cause });
    }
  };

  return {
    id: keyId,
    async wrap(key) {
      const { result } = await call(keyId, 'wrapKey', (client, abortSignal) =>
        client.wrapKey(ALGORITHM, key, { abortSignal }),
      );
      return { by: keyId, algorithm: ALGORITHM, value: Buffer.from(result).toString('base64') };
    },
    async unwrap({ purpose, number, wrapped }) {
      const [, itsVault, itsName] = KEY_ID.exec(wrapped?.by ?? '') ?? [];
      // A file of the lake may name any place: a token goes to the vault of the configuration alone.
      if (wrapped?.algorithm !== ALGORITHM || itsVault !== vault || itsName !== name)
        throw new PipelineError(
          'KEY_UNAVAILABLE',
          dataKeyPath(purpose, number),
          `it was wrapped by ${wrapped?.by ?? 'nothing'}, not by a version of ${vault}/keys/${name}`,
        );
      const { by, value } = wrapped;
      const { result } = await call(by, 'unwrapKey', (client, abortSignal) =>
        client.unwrapKey(ALGORITHM, Buffer.from(value, 'base64'), { abortSignal }),
      );
      return result;
    },
  };
}
