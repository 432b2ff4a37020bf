import type { TokenCredential } from '@azure/identity';

/** An answer other than 2xx, in the shape of the SDKs' errors. */
export class RestFailure extends Error {
  override readonly name = 'RestFailure';
  readonly statusCode: number;
  readonly response: { readonly headers: Headers };

  constructor(statusCode: number, headers: Headers) {
    super(`HTTP ${statusCode}`);
    this.statusCode = statusCode;
    this.response = { headers };
  }
}

export interface RestPart {
  readonly credential: TokenCredential;
  /** `https://management.azure.com` */
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Pages of a list of Azure Resource Manager as they were received: for what the SDK does not know. The next link has to
 * lead to the same host, because the token goes along.
 */
export async function* restPages(path: string, part: RestPart): AsyncGenerator<string> {
  const { credential, endpoint, timeoutMs, signal } = part;
  let next: string | undefined = new URL(path, endpoint).href;
  while (next !== undefined) {
    const token = await credential.getToken(scopeOf(endpoint), { abortSignal: signal });
    const response: Response = await fetch(next, {
      headers: { authorization: `Bearer ${token?.token ?? ''}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new RestFailure(response.status, response.headers);
    }
    const text = await response.text();
    next = nextLink(text, endpoint);
    yield text;
  }
}

/** The scope of tokens for Azure Resource Manager: its public name, whatever address it is reached by. */
export const scopeOf = (endpoint: string): string =>
  /\.(?:azure|windows|microsoft)[.a-z]*$/.test(new URL(endpoint).hostname)
    ? `${endpoint.replace(/\/$/, '')}/.default`
    : 'https://management.azure.com/.default';

function nextLink(text: string, endpoint: string): string | undefined {
  const page = JSON.parse(text) as { readonly nextLink?: unknown };
  if (typeof page.nextLink !== 'string' || page.nextLink === '') return undefined;
  const url = new URL(page.nextLink, endpoint);
  if (url.origin !== new URL(endpoint).origin)
    throw new Error('the next page is said to be on another host; it was not asked for');
  return url.href;
}
