import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../../src/lib/hash.ts';
import { encodeBatch } from '../support/kafka/encode-batch.ts';
import type { Cluster } from '../support/kafka/cluster.ts';

/** What has to be in the lake: digests of message bodies by offset, one list a partition. */
export interface Load {
  /** Digest at each offset that the broker has confirmed; a hole where only the broker knows what it took. */
  readonly digests: readonly (readonly (string | undefined)[])[];
  readonly messages: number;
}

export interface LoadOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly messages: number;
  readonly recordsPerMessage: number;
  readonly messagesPerBatch: number;
  /** Waits this long after each batch, so that the load lasts as long as the disturbance. */
  readonly pauseMs: number;
}

const VAULT =
  '/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/VAULT-1';

const START = Date.UTC(2026, 2, 2);

/** One message as Azure sends them: several records in an envelope. */
export function messageOf(number: number, records: number): Buffer {
  const list = Array.from({ length: records }, (_, index) => ({
    time: new Date(START + number).toISOString(),
    category: 'AuditEvent',
    operationName: 'SecretGet',
    resultType: 'Success',
    resultSignature: 'OK',
    durationMs: '12',
    callerIpAddress: '192.0.2.7',
    correlationId: `00000000-0000-0000-0000-${String(number * records + index).padStart(12, '0')}`,
    resourceId: VAULT,
    properties: {
      id: 'https://vault-1.vault.azure.net/secrets/s',
      httpStatusCode: 200,
      requestUri: 'https://vault-1.vault.azure.net/',
    },
  }));
  return Buffer.from(JSON.stringify({ records: list }));
}

/** Sends everything, whatever happens to the broker meanwhile; a batch without an answer is sent again. */
export async function sendLoad(cluster: Cluster, options: LoadOptions): Promise<Load> {
  const digests: (string | undefined)[][] = Array.from({ length: options.partitions }, () => []);
  for (let number = 0, turn = 0; number < options.messages; turn++) {
    const partition = turn % options.partitions;
    const count = Math.min(options.messagesPerBatch, options.messages - number);
    const bodies = Array.from({ length: count }, (_, index) =>
      messageOf(number + index, options.recordsPerMessage),
    );
    const batch = encodeBatch({
      timestamp: START,
      codec: 'zstd',
      records: bodies.map((value) => ({ value })),
    });
    const first = await insist(() => cluster.produceBytes(options.topic, partition, batch));
    const list = digests[partition] ?? [];
    for (const [index, body] of bodies.entries()) list[first + index] = sha256Hex(body);
    number += count;
    if (options.pauseMs > 0) await sleep(options.pauseMs);
  }
  return { digests, messages: options.messages };
}

/** A broker that was killed takes its time on a machine that is busy. */
const MOST_INSISTED_MS = 10 * 60_000;

async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (const limit = performance.now() + MOST_INSISTED_MS; ;) {
    try {
      return await attempt();
    } catch (thrown) {
      if (performance.now() > limit) throw thrown;
      await sleep(100);
    }
  }
}
