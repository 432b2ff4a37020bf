import type { Socket } from 'node:net';
import { keyOf } from '../client.ts';
import type { Place } from '../client.ts';
import { FETCH_KEY, decodeFetch } from '../fetch-protocol.ts';
import { readRecordSet } from '../record-set.ts';
import type { DamagedBatch } from '../record-set.ts';

/** Checks record batches on their way to kafkajs, which believes every checksum. */
export interface Checksums {
  /** Watches what goes over a connection; changes nothing of it. */
  watch(socket: Socket): Socket;
  /** The damaged batch found in the newest fetch of a partition, if any. */
  damagedAt(at: Place): DamagedBatch | undefined;
}

const LENGTH = 4;

export function createChecksums(): Checksums {
  const damaged = new Map<string, DamagedBatch>();

  function inspect(version: number, body: Buffer): void {
    for (const { records, ...at } of decodeFetch(version, body).partitions) {
      if (records.length === 0) continue;
      let found: DamagedBatch | undefined;
      for (const piece of readRecordSet(records, 0, [])) found = piece.damaged;
      if (found === undefined) damaged.delete(keyOf(at));
      else damaged.set(keyOf(at), found);
    }
  }

  return {
    damagedAt: (at) => damaged.get(keyOf(at)),
    watch(socket) {
      const fetches = new Map<number, number>();
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
      // kafkajs hands over one whole request at a time.
      socket.write = (...args: unknown[]) => {
        const [request] = args;
        if (Buffer.isBuffer(request) && request.length >= 12 && request.readInt16BE(4) === FETCH_KEY)
          fetches.set(request.readInt32BE(8), request.readInt16BE(6));
        return write(...args);
      };
      let waiting: Buffer[] = [];
      let waitingBytes = 0;
      // The first listener: what it finds is known before kafkajs has read the same bytes.
      socket.on('data', (chunk: Buffer) => {
        waiting.push(chunk);
        waitingBytes += chunk.length;
        for (;;) {
          if (waitingBytes < LENGTH) return;
          if ((waiting[0]?.length ?? 0) < LENGTH) waiting = [Buffer.concat(waiting)];
          const needed = LENGTH + (waiting[0]?.readInt32BE(0) ?? 0);
          if (waitingBytes < needed) return;
          const all = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
          if (all === undefined) return;
          const frame = all.subarray(LENGTH, needed);
          waiting = [all.subarray(needed)];
          waitingBytes -= needed;
          const version = fetches.get(frame.readInt32BE(0));
          if (version === undefined) continue;
          fetches.delete(frame.readInt32BE(0));
          inspect(version, frame.subarray(LENGTH));
        }
      });
      return socket;
    },
  };
}
