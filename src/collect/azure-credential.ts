import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';

const id = (what: string) => z.string().min(1).describe(what);
const tenantId = id('Directory (tenant) id.');
const clientId = id('Application (client) id.');
const authorityHost = z.url().optional().describe('Sign-in endpoint of a sovereign cloud.');

/** How a collector proves to Azure who it is. Secrets are given as `${NAME}` or `${file:path}`, never in the file itself. */
export const AzureCredentialSettings = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('managed_identity'),
    clientId: clientId
      .optional()
      .describe('Of a user-assigned identity; the system-assigned one without it.'),
  }),
  z.strictObject({
    type: z.literal('workload_identity'),
    tenantId: tenantId.optional().describe('(Default: AZURE_TENANT_ID, as Kubernetes sets it)'),
    clientId: clientId.optional().describe('(Default: AZURE_CLIENT_ID)'),
    tokenFile: z.string().min(1).optional().describe('(Default: AZURE_FEDERATED_TOKEN_FILE)'),
    authorityHost,
  }),
  z.strictObject({
    type: z.literal('client_secret'),
    tenantId,
    clientId,
    clientSecret: id('The secret, as `${NAME}`.'),
    authorityHost,
  }),
  z.strictObject({
    type: z.literal('client_certificate'),
    tenantId,
    clientId,
    certificate: id('PEM file with certificate and private key.'),
    password: z.string().min(1).optional().describe('Of the private key, as `${NAME}`.'),
    authorityHost,
  }),
  z.strictObject({
    type: z.literal('default'),
    clientId: clientId.optional().describe('Of the managed or workload identity to use.'),
  }),
]);
export type AzureCredentialSettings = z.infer<typeof AzureCredentialSettings>;

/** The sign-in library waits without end for an endpoint that does not answer. */
const TOKEN_TIMEOUT_MS = MINUTE_MS;

/**
 * Makes the credential that the settings name; `@azure/identity` is loaded by the first one.
 *
 * @param timeoutMs how long a token may take. (Default: a minute)
 */
export async function createAzureCredential(
  settings: AzureCredentialSettings,
  clock: Clock,
  timeoutMs: number = TOKEN_TIMEOUT_MS,
): Promise<TokenCredential> {
  return patient(timely(await fromIdentity(settings), timeoutMs), clock);
}

/** Gives up on a token that takes too long, or that nobody waits for any more. */
const timely = (credential: TokenCredential, timeoutMs: number): TokenCredential => ({
  async getToken(scopes, options) {
    const over = Promise.withResolvers<never>();
    const stop = (): void =>
      over.reject(new DOMException('nobody waits for the token any more', 'AbortError'));
    const late = `no token within ${timeoutMs / SECOND_MS} s; can this machine reach the sign-in endpoint?`;
    const timer = setTimeout(() => over.reject(new Error(late)), timeoutMs);
    options?.abortSignal?.addEventListener('abort', stop);
    if (options?.abortSignal?.aborted === true) stop();
    try {
      return await Promise.race([credential.getToken(scopes, options), over.promise]);
    } finally {
      clearTimeout(timer);
      options?.abortSignal?.removeEventListener('abort', stop);
    }
  },
});

async function fromIdentity(settings: AzureCredentialSettings): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  switch (settings.type) {
    case 'managed_identity':
      return settings.clientId === undefined
        ? new identity.ManagedIdentityCredential()
        : new identity.ManagedIdentityCredential({ clientId: settings.clientId });
    case 'workload_identity':
      return new identity.WorkloadIdentityCredential(
        given({
          tenantId: settings.tenantId,
          clientId: settings.clientId,
          tokenFilePath: settings.tokenFile,
          authorityHost: settings.authorityHost,
        }),
      );
    case 'client_secret':
      return new identity.ClientSecretCredential(
        settings.tenantId,
        settings.clientId,
        settings.clientSecret,
        given({ authorityHost: settings.authorityHost }),
      );
    case 'client_certificate':
      return new identity.ClientCertificateCredential(
        settings.tenantId,
        settings.clientId,
        settings.password === undefined
          ? { certificatePath: settings.certificate }
          : { certificatePath: settings.certificate, certificatePassword: settings.password },
        given({ authorityHost: settings.authorityHost }),
      );
    case 'default':
      return new identity.DefaultAzureCredential(given({ managedIdentityClientId: settings.clientId }));
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what was not given: the SDK takes an undefined member for an empty one. */
const given = <T extends object>(members: T): Given<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;

/** The AMQP client renews a token this long before it ends … */
const RENEWAL_MARGIN_MS = 2 * MINUTE_MS;
/** … and never more often than this. */
const LEAST_INTERVAL_MS = MINUTE_MS;

/**
 * A token from a cache may end within the margin. The AMQP client would then renew it without a pause, for as long as
 * the connection lasts, because it keeps the interval that the first token gave it.
 */
export const patient = (credential: TokenCredential, clock: Clock): TokenCredential => ({
  async getToken(scopes, options) {
    const token = await credential.getToken(scopes, options);
    if (token === null) return null;
    const soonest = clock() + RENEWAL_MARGIN_MS + LEAST_INTERVAL_MS;
    return token.expiresOnTimestamp >= soonest ? token : { ...token, expiresOnTimestamp: soonest };
  },
});
