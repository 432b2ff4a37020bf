import type { ServeDeps } from '../../src/serve/deps.ts';
import { createServer } from '../../src/serve/server.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { NOW, memoryEstate, movedMetrics } from './memory-estate.ts';

export const TOKEN = 'test-token-0123456789-0123456789-0123456789';

export interface Served {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Asks with the token unless told otherwise. */
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

export const memoryDeps = (over: Partial<ServeDeps> = {}): ServeDeps => ({
  evidence: memoryEstate.evidence,
  posture: memoryEstate.posture,
  metrics: movedMetrics(),
  health: () => [{ name: 'store', state: 'ok', detail: 'sealed a minute ago' }],
  token: TOKEN,
  clock: () => NOW,
  log: silentLogger,
  productVersion: '0.0.0',
  ...over,
});

/** Starts the service on a free port of the loopback interface. */
export async function serve(over: Partial<ServeDeps> = {}): Promise<Served> {
  const server = await createServer(memoryDeps(over));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    get: async (path, init) =>
      await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` }, ...init }),
    stop: async () => {
      server.server.closeAllConnections();
      await server.close();
    },
  };
}
