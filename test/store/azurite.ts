import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../src/lib/random.ts';

/** The account and key that Azurite is known by everywhere; they open nothing else. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export const connectionTo = (port: number): { url: string; connectionString: string } => ({
  url: `http://127.0.0.1:${port}/${ACCOUNT}/lake`,
  connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=http://127.0.0.1:${port}/${ACCOUNT};`,
});

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Azurite extends AsyncDisposable {
  readonly port: number;
}

/** Azurite's blob service, in memory, in a process of its own. */
export async function startAzurite(): Promise<Azurite> {
  const port = await freePort();
  const program = fileURLToPath(new URL('../../node_modules/azurite/dist/src/blob/main.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      '--import',
      new URL('azurite-deletes.ts', import.meta.url).href,
      program,
      '--inMemoryPersistence',
      '--silent',
      '--skipApiVersionCheck',
      '--disableTelemetry',
      '--blobPort',
      String(port),
    ],
    { stdio: 'ignore' },
  );
  for (let i = 0; i < 400; i++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/${ACCOUNT}`).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** What may befall a request on its way. `lost` and `late` do the work, and the answer never comes or says otherwise. */
const mishaps = ['409', '412', '429', '500', 'reset', 'lost', 'late-500', 'timeout', 'lost-timeout'] as const;
type Mishap = (typeof mishaps)[number];

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** How often each mishap has befallen a request. */
  readonly counts: ReadonlyMap<string, number>;
  /** Set to 0 to let everything through. */
  rate: number;
}

const errorCodes: Readonly<Record<string, string>> = {
  '409': 'BlobAlreadyExists',
  '412': 'ConditionNotMet',
  '429': 'TooManyRequests',
  '500': 'InternalError',
};

/** Stands in front of a service and spoils a share of the requests, the same ones for the same random. */
export async function startProxy(target: number, random: Random, rate: number): Promise<Proxy> {
  const counts = new Map<string, number>();
  const state = { rate };
  const refuse = (response: ServerResponse, status: string): void => {
    response.writeHead(Number(status), {
      'x-ms-error-code': errorCodes[status] ?? '',
      'content-length': '0',
    });
    response.end();
  };
  const befall = (method: string | undefined): Mishap | undefined => {
    if (!random.chance(state.rate)) return undefined;
    // What has not answered in time is rare, or a test would be waiting and little else.
    const mishap = random.pick(random.chance(0.9) ? mishaps.slice(0, 7) : mishaps);
    // The service refuses conditions where there are any.
    if ((mishap === '409' || mishap === '412') && method !== 'PUT') return undefined;
    counts.set(mishap, (counts.get(mishap) ?? 0) + 1);
    return mishap;
  };
  const pass = (
    incoming: IncomingMessage,
    answer: (from: IncomingMessage) => void,
    failed: () => void,
  ): void => {
    const { method, url, headers } = incoming;
    const outgoing = request({ host: '127.0.0.1', port: target, method, path: url, headers }, answer);
    outgoing.on('error', failed);
    incoming.pipe(outgoing);
  };
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    const mishap = befall(incoming.method);
    const cut = (): void => void incoming.socket.destroy();
    switch (mishap) {
      case undefined:
        pass(
          incoming,
          (from) => {
            response.writeHead(from.statusCode ?? 500, from.headers);
            from.pipe(response);
          },
          cut,
        );
        return;
      case 'reset':
        cut();
        return;
      case 'timeout':
        incoming.resume();
        return;
      case 'lost':
      case 'late-500':
      case 'lost-timeout':
        pass(
          incoming,
          (from) => {
            from.resume();
            from.on('end', () => {
              if (mishap === 'lost') cut();
              if (mishap === 'late-500') refuse(response, '500');
            });
          },
          cut,
        );
        return;
      case '409':
      case '412':
      case '429':
      case '500':
        incoming.resume();
        incoming.on('end', () => refuse(response, mishap));
    }
  };
  const server: Server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    get rate() {
      return state.rate;
    },
    set rate(next) {
      state.rate = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
