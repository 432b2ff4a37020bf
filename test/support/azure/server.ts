import { createServer as createPlainServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSigned } from '../amqp/certificate.ts';

export interface AzureRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** An answer of the service, or a way to fail. */
export type AzureAnswer =
  | {
      readonly kind: 'json';
      readonly status?: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
    }
  /** Bytes as they are. */
  | {
      readonly kind: 'bytes';
      readonly status?: number;
      readonly body: Buffer;
      readonly headers?: Record<string, string>;
    }
  /** Says that more follows, and breaks off. */
  | { readonly kind: 'truncated'; readonly body: unknown }
  /** Sends a part, and then nothing for as long as anybody listens. */
  | { readonly kind: 'stalled'; readonly body: unknown };

export interface AzureServer extends AsyncDisposable {
  /** `https://localhost:port`, with a certificate that this process trusts from now on. */
  readonly endpoint: string;
  /** Its certificate, for processes of their own to trust. */
  readonly certificate: string;
  /** Environment under which the managed identity of this machine is served from here. */
  readonly identity: Readonly<Record<'IDENTITY_ENDPOINT' | 'IDENTITY_HEADER', string>>;
  /** Requests that were answered, oldest first. */
  readonly requests: readonly AzureRequest[];
  /** Answered next, in this order, before the service itself is asked again. */
  failNext(...answers: readonly AzureAnswer[]): void;
  /** The same once so many requests were answered; the function says whether it has happened. */
  failAfter(requests: number, ...answers: readonly AzureAnswer[]): () => boolean;
}

/** The only token that is accepted; it must reach no log and no error. */
export const TOKEN = 'token-of-the-test-identity';

/** One for the whole process: two of one name would be taken for each other. */
let certificate: ReturnType<typeof selfSigned> | undefined;
function trusted(): ReturnType<typeof selfSigned> {
  const made = selfSigned();
  setDefaultCACertificates([...getCACertificates('default'), made.cert]);
  return made;
}

/**
 * Serves REST as Azure does: TLS, bearer tokens, JSON. Tokens come over plain HTTP in the way App Service serves managed
 * identities, so that the whole way of `@azure/identity` is gone.
 */
export async function startAzureServer(
  answer: (request: AzureRequest) => AzureAnswer,
  isAllowed: (authorization: string) => boolean = (authorization) => authorization === `Bearer ${TOKEN}`,
): Promise<AzureServer> {
  const { key, cert } = (certificate ??= trusted());
  const requests: AzureRequest[] = [];
  const failures: AzureAnswer[] = [];
  let later: { readonly after: number; readonly answers: readonly AzureAnswer[] } | undefined;
  const open = new Set<ServerResponse>();

  const service = createServer({ key, cert }, (incoming, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    void serve(incoming, response);
  });
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(incoming);
    const url = new URL(incoming.url ?? '/', `https://localhost:${portOf(service)}`);
    const request = { method: incoming.method ?? '', url, body, headers: incoming.headers };
    requests.push(request);
    if (requests.length > (later?.after ?? Infinity)) {
      failures.push(...(later?.answers ?? []));
      later = undefined;
    }
    const isKnown = isAllowed(incoming.headers.authorization ?? '');
    send(
      response,
      failures.shift() ?? (isKnown ? answer(request) : refused(401, 'InvalidAuthenticationToken')),
    );
  };
  const tokens = createPlainServer((_incoming, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        access_token: TOKEN,
        expires_on: String(Math.floor(Date.now() / 1000) + 86_400),
        resource: 'https://management.azure.com',
        token_type: 'Bearer',
      }),
    );
  });
  await Promise.all([listen(service), listen(tokens)]);
  return {
    endpoint: `https://localhost:${portOf(service)}`,
    certificate: cert,
    identity: {
      IDENTITY_ENDPOINT: `http://127.0.0.1:${portOf(tokens)}/msi/token`,
      IDENTITY_HEADER: 'header-of-the-test-identity',
    },
    requests,
    failNext: (...answers) => void failures.push(...answers),
    failAfter(after, ...answers) {
      const mine = { after, answers };
      later = mine;
      return () => later !== mine && failures.length === 0;
    },
    async [Symbol.asyncDispose]() {
      for (const response of open) response.destroy();
      for (const server of [service, tokens]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
}

/** An error as Azure words it. */
export const refused = (status: number, code: string, headers: Record<string, string> = {}): AzureAnswer => ({
  kind: 'json',
  status,
  body: { error: { code, message: `${code} (as the service says it)` } },
  headers,
});

function send(response: ServerResponse, answer: AzureAnswer): void {
  const text = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(JSON.stringify(answer.body));
  response.setHeader('content-type', 'application/json; charset=utf-8');
  switch (answer.kind) {
    case 'json':
    case 'bytes':
      for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
      response.setHeader('content-length', text.length);
      response.writeHead(answer.status ?? 200).end(text);
      return;
    case 'truncated':
      response.setHeader('content-length', text.length + 100);
      response.write(text.subarray(0, Math.ceil(text.length / 2)), () => response.destroy());
      return;
    case 'stalled':
      response.setHeader('content-length', text.length + 100);
      response.write(text.subarray(0, Math.ceil(text.length / 2)));
  }
}

const read = async (incoming: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};
const listen = (server: Server): Promise<unknown> =>
  new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
