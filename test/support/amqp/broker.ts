import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import rhea from 'rhea';
import type { Connection, EventContext } from 'rhea';
import type { Fault, Strike } from './faults.ts';
import { createPartitionLog } from './partition-log.ts';
import type { PartitionLog } from './partition-log.ts';
import type { ReaderLink } from './reader-link.ts';
import { createReaders } from './readers.ts';
import { answerRequest, rememberBackLink } from './requests.ts';
import { createService, nothingSeen } from './service.ts';
import type { Seen } from './service.ts';
import { serveWebSockets } from './web-socket.ts';
import { readBatch } from './written.ts';

export interface BrokerOptions {
  readonly hub?: string;
  readonly partitions?: number;
  /** (Default: any free one) */
  readonly port?: number;
  /** (Default: loopback) */
  readonly host?: string;
  /** The sequence that each partition starts with. (Default: 0) */
  readonly firstSequence?: number;
  /** Key and certificate in PEM: listens with TLS, and on another port for WebSockets. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Faults that strike by themselves. */
  readonly schedule?: readonly Strike[];
  /** Tokens live at most this long, ms, whatever they say. */
  readonly tokenLifeMs?: number;
}

/** An event hub in this process, speaking AMQP as the real SDK expects it. */
export interface Broker extends AsyncDisposable {
  readonly port: number;
  /** Undefined without TLS: the SDK speaks WebSockets over nothing else. */
  readonly webSocketPort: number | undefined;
  readonly hub: string;
  readonly connectionString: string;
  readonly seen: Seen;
  readonly logs: readonly PartitionLog[];
  /** Puts a message into a partition; answers with its sequence. */
  append(partition: number, body: Uint8Array | string, enqueuedAt?: number): number;
  /** Links that read now. */
  links(partition?: number): readonly ReaderLink[];
  strike(fault: Fault): void;
}

/** Not a secret: everybody who runs the broker has it. */
const KEY = Buffer.from('the key of a broker for tests').toString('base64');
const MAX_MESSAGE_BYTES = 1_048_576;
const WRITER = /^[^/]+(?:\/Partitions\/(\d+))?$/;
const EXPIRY_LOOK_MS = 50;

const addressOf = (terminus: unknown): string =>
  (terminus as { readonly address?: string } | undefined)?.address ?? '';

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { hub = 'insights', partitions = 4, host = '127.0.0.1', tls } = options;
  const logs = Array.from({ length: partitions }, () => createPartitionLog(options.firstSequence));
  const seen = nothingSeen();
  const schedule = [...(options.schedule ?? [])];
  const service = createService({ hub, key: KEY, logs, seen, tokenLifeMs: options.tokenLifeMs });
  const sockets = new Map<Connection, Socket | undefined>();
  const dropConnections = (): void => {
    for (const socket of sockets.values()) socket?.destroy();
  };
  const onSent = (): void => {
    seen.deliveries++;
    while (schedule[0] !== undefined && schedule[0].after <= seen.deliveries) {
      const due = schedule.shift();
      if (due !== undefined) readers.strike(due.fault);
    }
  };
  const readers = createReaders({ hub, logs, seen, service, dropConnections, onSent });

  const append: Broker['append'] = (partition, body, enqueuedAt = Date.now()) => {
    const log = logs[partition];
    if (log === undefined) throw new RangeError(`no partition ${partition}`);
    const sequence = log.append(typeof body === 'string' ? Buffer.from(body) : body, enqueuedAt);
    for (const link of readers.links(partition)) link.pump();
    return sequence;
  };

  const container = rhea.create_container({ non_fatal_errors: ['EPIPE', 'ECONNRESET'] });
  (container.sasl_server_mechanisms as { enable_anonymous(): void }).enable_anonymous();
  container.on('connection_open', ({ connection }: EventContext) => {
    seen.connections++;
    seen.hostname = (connection as unknown as { readonly hostname?: string }).hostname ?? '';
    sockets.set(connection, (connection as unknown as { readonly socket?: Socket }).socket);
  });
  container.on('sender_open', (context: EventContext) => {
    const address = addressOf(context.sender?.source);
    if (address.startsWith('$')) rememberBackLink(address, context);
    else readers.attach(context, address);
  });
  container.on('sendable', ({ sender }: EventContext) => readers.linkOf(sender)?.pump());
  container.on('sender_close', ({ sender }: EventContext) => readers.closed(sender));
  let written = 0;
  container.on('message', (context: EventContext) => {
    const address = addressOf(context.receiver?.target);
    if (address === '$cbs') return answerRequest(address, context, service.putToken);
    if (address === '$management') return answerRequest(address, context, service.readManagement);
    const partition = WRITER.exec(address)?.[1];
    for (const body of readBatch(context))
      append(partition === undefined ? written++ % partitions : Number(partition), body);
  });
  const forget = ({ connection }: EventContext): void => {
    sockets.delete(connection);
    service.forget(connection);
    readers.disconnected(connection);
  };
  container.on('disconnected', (context: EventContext) => {
    forget(context);
    // rhea goes on sending heartbeats into the socket that is gone, as long as the process lives.
    (context.connection as unknown as { socket_ready: boolean }).socket_ready = false;
  });
  container.on('connection_close', forget);
  for (const event of [
    'error',
    'protocol_error',
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
  ])
    container.on(event, () => undefined);

  const listening = {
    host,
    port: options.port ?? 0,
    reconnect: false,
    receiver_options: { max_message_size: MAX_MESSAGE_BYTES },
  };
  const server: Server =
    tls === undefined
      ? container.listen(listening)
      : container.listen({ ...listening, ...tls, transport: 'tls' } as never);
  /** Those too on which no connection was opened, or was closed by one side alone: a server that closes waits for them. */
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const webSockets = tls === undefined ? undefined : await serveWebSockets(container, tls, host);
  const expiring = setInterval(readers.endExpired, EXPIRY_LOOK_MS);

  return {
    port,
    webSocketPort: webSockets?.port,
    hub,
    connectionString: `Endpoint=sb://${host}:${port};SharedAccessKeyName=test;SharedAccessKey=${KEY};UseDevelopmentEmulator=true;EntityPath=${hub}`,
    seen,
    logs,
    append,
    links: readers.links,
    strike: readers.strike,
    async [Symbol.asyncDispose]() {
      clearInterval(expiring);
      dropConnections();
      await webSockets?.[Symbol.asyncDispose]();
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
