import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Container } from 'rhea';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const [BINARY, CLOSE, PING, PONG] = [0x2, 0x8, 0x9, 0xa];

/** What rhea expects of a socket it is handed. */
interface SocketLike {
  onmessage?: (event: { readonly data: Buffer }) => void;
  onclose?: () => void;
  onerror?: (error: unknown) => void;
  send(data: Buffer): void;
  close(): void;
}

function frame(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | opcode, 126, payload.length >> 8, payload.length & 255])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0]), uint32(payload.length)]);
  return Buffer.concat([head, payload]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads whole frames off the front of `bytes`; clients mask theirs (RFC 6455, 5.3). */
function* framesIn(bytes: Buffer): Generator<{ opcode: number; payload: Buffer; end: number }> {
  let at = 0;
  for (;;) {
    if (bytes.length < at + 2) return;
    const short = bytes.readUInt8(at + 1) & 127;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const maskAt = at + 2 + extra;
    if (bytes.length < maskAt + 4) return;
    const length =
      extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const end = maskAt + 4 + length;
    if (bytes.length < end) return;
    const payload = Buffer.from(bytes.subarray(maskAt + 4, end));
    for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (bytes[maskAt + (i & 3)] ?? 0);
    yield { opcode: bytes.readUInt8(at) & 15, payload, end };
    at = end;
  }
}

function socketLike(socket: Duplex): SocketLike {
  const like: SocketLike = {
    send: (data) => void socket.write(frame(BINARY, data)),
    close: () => void socket.end(frame(CLOSE, Buffer.alloc(0))),
  };
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    let end = 0;
    for (const read of framesIn(rest)) {
      end = read.end;
      if (read.opcode === CLOSE) socket.end();
      else if (read.opcode === PING) socket.write(frame(PONG, read.payload));
      else like.onmessage?.({ data: read.payload });
    }
    rest = rest.subarray(end);
  });
  socket.on('close', () => like.onclose?.());
  socket.on('error', (error) => like.onerror?.(error));
  return like;
}

/** A port that takes AMQP over WebSockets, as the service does at `/$servicebus/websocket`. */
export async function serveWebSockets(
  container: Container,
  tls: { readonly key: string; readonly cert: string },
  host: string,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Duplex>();
  const server = createServer(tls);
  server.on('upgrade', (request, socket: Duplex) => {
    sockets.add(socket);
    if (request.url !== '/$servicebus/websocket') return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key'] ?? ''}${GUID}`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: AMQPWSB10\r\n\r\n`,
    );
    container.websocket_accept(socketLike(socket) as unknown as Socket, { reconnect: false } as never);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
