import { PipelineError } from '../../lib/errors.ts';

/** What the SDK calls a connection, as far as links are made by it. */
export interface LinkMaker {
  createReceiver(options: unknown): Promise<unknown>;
  createSession(options: unknown): Promise<unknown>;
  close(): Promise<unknown>;
  once(event: 'disconnected', listener: () => void): unknown;
}

const has = <K extends string>(value: unknown, ...keys: readonly K[]): value is Record<K, unknown> =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);

const isLinkMaker = (value: unknown): value is LinkMaker =>
  has(value, 'createReceiver', 'createSession', 'close', 'once') &&
  typeof value.createReceiver === 'function' &&
  typeof value.createSession === 'function' &&
  typeof value.close === 'function' &&
  typeof value.once === 'function';

export const unknownSdk = (): PipelineError =>
  new PipelineError(
    'SOURCE_UNAVAILABLE',
    'event_hubs',
    'this version of @azure/event-hubs is not the one whose links can be guarded; install the version in package.json',
  );

/**
 * Lets `guard` see each connection of a client as it is put in place: the SDK puts a new one there after a drop. There
 * is no public way to it, hence the reach into the client, which refuses an SDK that is built otherwise.
 */
export function onConnections(client: unknown, guard: (connection: LinkMaker) => void): void {
  const context = has(client, '_context') ? client._context : undefined;
  if (!has(context, 'connection')) throw unknownSdk();
  const guarded = (connection: unknown): unknown => {
    if (!isLinkMaker(connection)) throw unknownSdk();
    guard(connection);
    return connection;
  };
  let current = guarded(context.connection);
  Object.defineProperty(context, 'connection', {
    configurable: true,
    get: () => current,
    set: (next: unknown) => {
      current = guarded(next);
    },
  });
}

/**
 * Keeps a request that the far side never answered from ending the process. When it times out after its link is gone,
 * the SDK asks the link for its address, which throws inside a timer, where nobody can catch it.
 */
export function answerAddresses(connection: LinkMaker): void {
  const createSession = connection.createSession.bind(connection);
  connection.createSession = async (options) => {
    const session = await createSession(options);
    if (!has(session, 'createReceiver') || typeof session.createReceiver !== 'function') throw unknownSdk();
    const create = session.createReceiver.bind(session) as LinkMaker['createReceiver'];
    session.createReceiver = async (linkOptions: unknown) => {
      const link = await create(linkOptions);
      if (typeof link === 'object' && link !== null)
        Object.defineProperty(link, 'address', { configurable: true, get: () => addressOf(link) });
      return link;
    };
    return session;
  };
}

/**
 * Lets nothing be made on a connection of a client that was closed meanwhile. A client closed while it connects would
 * otherwise come up after all, and renew its token for ever: no process with one of those ends by itself.
 */
export function refuseWhenClosed(connection: LinkMaker, isClosed: () => boolean): void {
  const refusing = (make: (options: unknown) => Promise<unknown>) => async (options: unknown) => {
    const made = await make(options);
    if (!isClosed()) return made;
    connection.close().catch(() => undefined);
    throw new Error('the client was closed while it connected');
  };
  connection.createSession = refusing(connection.createSession.bind(connection));
  connection.createReceiver = refusing(connection.createReceiver.bind(connection));
}

const addressOf = (link: object): string => {
  const source = has(link, 'source') ? link.source : undefined;
  return has(source, 'address') && typeof source.address === 'string' ? source.address : '';
};
