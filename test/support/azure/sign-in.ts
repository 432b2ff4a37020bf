import { startAzureServer, TOKEN } from './server.ts';
import type { AzureAnswer, AzureServer } from './server.ts';

/** A tenant whose authority is asked for nothing else than its own answers, so that sign-in stays on this machine. */
export const TENANT = 'adfs';

/** The sign-in endpoint of a tenant: its metadata, and a token for whoever asks. */
export const startSignIn = (): Promise<AzureServer> =>
  startAzureServer(
    ({ url, headers }) => {
      const base = `https://${headers.host ?? ''}/${TENANT}`;
      if (url.pathname.endsWith('/openid-configuration'))
        return {
          kind: 'json',
          body: {
            issuer: base,
            authorization_endpoint: `${base}/oauth2/authorize`,
            token_endpoint: `${base}/oauth2/token`,
            jwks_uri: `${base}/discovery/keys`,
          },
        };
      return { kind: 'json', body: { token_type: 'Bearer', expires_in: 86_399, access_token: TOKEN } };
    },
    () => true,
  );

/** A refusal as the sign-in endpoint words it. */
export const signInRefused = (
  status: number,
  error: string,
  headers: Record<string, string> = {},
): AzureAnswer => ({
  kind: 'json',
  status,
  body: { error, error_description: `${error}: as the service says it`, error_codes: [7_000_215] },
  headers,
});
