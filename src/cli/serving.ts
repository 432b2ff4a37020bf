import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { ServeDeps } from '../serve/deps.ts';
import { createServer } from '../serve/server.ts';
import { loadToken } from '../serve/token.ts';
import type { Content } from './content.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';
import { openKeptReaders } from './readers.ts';
import type { KeptReaders, Readers } from './readers.ts';

/** How soon after a seal it is looked for. */
const LOOK_MS = SECOND_MS;
/** What is being answered when the service closes has this long. */
const CLOSE_MS = 2 * SECOND_MS;

export interface Serving extends AsyncDisposable {
  /** Where it listens, for example `http://127.0.0.1:4690`. */
  readonly url: string;
  /** The file that holds the token for `/api`. */
  readonly tokenFile: string;
}

export interface ServeLake {
  readonly io: Pick<Io, 'productVersion'>;
  readonly clock: Clock;
  readonly config: Config;
  readonly content: Pick<Content, 'assertions' | 'frameworks' | 'decisions'>;
  readonly log: Logger;
  readonly metrics: ServeDeps['metrics'];
  readonly port: number;
  /** Made from what is sealed. */
  readonly reportHtml: (readers: Pick<Readers, 'evidence'>) => Promise<string>;
  readonly health?: ServeDeps['health'];
  readonly tap?: ServeDeps['tap'];
}

/** Serves the sealed lake read-only, behind a token made on the first run. */
export async function serveLake({
  io,
  clock,
  config,
  content,
  log,
  metrics,
  port,
  reportHtml,
  health,
  tap,
}: ServeLake): Promise<Serving> {
  const folders = foldersIn(config.data);
  const readers = await openKeptReaders(config, content);
  const { token, isReadableByOthers } = await loadToken(folders.apiToken);
  if (isReadableByOthers)
    log.warn({ file: folders.apiToken }, 'others on this machine can read the API token; chmod 600 it');
  const server = await createServer({
    evidence: readers.evidence,
    posture: readers.posture,
    unsealed: readers.unsealed,
    version: () => readers.version(),
    metrics,
    health: health ?? (() => []),
    token,
    reportHtml: async () => {
      // A report is read once and kept: it is as of the newest seal, not of the last look.
      await readers.refresh();
      return reportHtml({ evidence: readers.sealed });
    },
    tap,
    clock,
    log,
    productVersion: io.productVersion,
  });
  const keeping = keepUp(readers, log);
  const { host } = config.serve;
  const url = await server.listen({ host, port }).catch(async (cause: unknown) => {
    await keeping.stop();
    await server.close();
    readers[Symbol.dispose]();
    throw new Error(`cannot listen on ${host}:${port}; is it running already? Else name another port`, {
      cause,
    });
  });
  return {
    url,
    tokenFile: folders.apiToken,
    [Symbol.asyncDispose]: async () => {
      await keeping.stop();
      // A connection on which nobody asks is not told from one that is about to.
      const late = setTimeout(() => server.server.closeAllConnections(), CLOSE_MS);
      await server.close().finally(() => clearTimeout(late));
      readers[Symbol.dispose]();
    },
  };
}

/** Takes in new seals, one look a second after the last has ended. */
function keepUp(readers: KeptReaders, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const looking = (async () => {
    let problem: string | undefined;
    while (!signal.aborted) {
      const before = problem;
      problem = await readers.refresh().then(() => undefined, describeError);
      if (problem !== undefined && problem !== before)
        log.error({ problem }, 'serve: new seals cannot be read; answers stay as of the last that could');
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return looking;
    },
  };
}

/** Resolves when the signal aborts. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
