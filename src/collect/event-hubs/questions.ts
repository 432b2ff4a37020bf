import { SECOND_MS } from '../../lib/clock.ts';
import type { LinkMaker } from './connections.ts';

export interface QuestionParts<Client> {
  /** Makes a client; nothing is sent yet. `guard` sees each of its connections. */
  readonly connect: (guard: (connection: LinkMaker) => void) => Client;
  readonly close: (client: Client) => Promise<void>;
  /** An answer takes no longer than this, ms. */
  readonly withinMs: number;
}

/** Asks over a connection of its own, that no partition is read by. */
export interface Questions<Client> {
  /**
   * Rejects when the question fails, when no answer came in time, when the connection dropped meanwhile, and when the
   * signal aborts. The SDK alone promises none of the last three: a question whose connection drops or whose client is
   * closed at the wrong moment waits there for ever.
   */
  ask<T>(question: (client: Client) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

/** A client and who waits for an answer of it. */
interface Line<Client> {
  readonly client: Client;
  /** Lets go of each waiting question. */
  readonly waiting: Set<(reason: Error) => void>;
  /** True when nothing more is asked over it. */
  isRetired: boolean;
}

export function createQuestions<Client>(parts: QuestionParts<Client>): Questions<Client> {
  const open = (): Line<Client> => {
    const waiting = new Set<(reason: Error) => void>();
    const client = parts.connect((connection) => {
      connection.once('disconnected', () => {
        for (const letGo of waiting) letGo(new Error('the connection dropped'));
      });
    });
    return { client, waiting, isRetired: false };
  };

  // At once: settings that no client can be made of are refused before anything is asked.
  let current: Line<Client> | undefined = open();

  /** Asks nothing more over a line; it is closed behind the last question, since closing it under one would strand that. */
  const retire = (line: Line<Client>): void => {
    if (current === line) current = undefined;
    if (line.waiting.size > 0 || line.isRetired) return;
    line.isRetired = true;
    void parts.close(line.client);
  };

  return {
    async ask(question, signal) {
      signal.throwIfAborted();
      const line = (current ??= open());
      const over = Promise.withResolvers<never>();
      const onAbort = (): void => over.reject(new Error('nobody waits for the answer any more'));
      const seconds = parts.withinMs / SECOND_MS;
      const timer = setTimeout(() => over.reject(new Error(`no answer within ${seconds} s`)), parts.withinMs);
      signal.addEventListener('abort', onAbort, { once: true });
      line.waiting.add(over.reject);
      let isBroken = false;
      try {
        return await Promise.race([question(line.client), over.promise]);
      } catch (thrown) {
        isBroken = !signal.aborted;
        throw thrown;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        line.waiting.delete(over.reject);
        if (isBroken || current !== line) retire(line);
      }
    },
    async close() {
      const line = current;
      current = undefined;
      if (line === undefined) return;
      for (const letGo of line.waiting) letGo(new Error('the hub was closed'));
      line.isRetired = true;
      await parts.close(line.client);
    },
  };
}
