import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly text: string;
}

/** What the server does with one request. */
export type Act = (response: ServerResponse, request: IncomingMessage) => void;

export const answer =
  (status: number, body = '{}', headers: Record<string, string> = {}): Act =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };
export const hang: Act = () => undefined;
export const reset: Act = (_, request) => {
  request.socket.resetAndDestroy();
};
/** Announces more than it sends, then cuts the line. */
export const truncated =
  (status: number): Act =>
  (response, request) => {
    response.writeHead(status, { 'content-length': '1000' });
    response.write('{"status":"succ', () => request.socket.destroy());
  };

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

/** A real HTTP server on the loopback that plays one act a request, the last one again and again. */
export async function scriptedServer(acts: readonly Act[]): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const act = acts[Math.min(seen.length, acts.length - 1)];
      seen.push({ method: request.method, path: request.url, text });
      act?.(response, request);
    });
  });
  const { promise: isListening, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await isListening;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      const { promise: isClosed, resolve: closed } = Promise.withResolvers<void>();
      server.close(() => closed());
      server.closeAllConnections();
      await isClosed;
    },
  };
}
