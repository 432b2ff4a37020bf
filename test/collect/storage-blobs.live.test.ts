import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStorageBlobs } from '../../src/collect/storage-blobs.ts';
import { StorageBlobsSettings } from '../../src/collect/storage-blobs/settings.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { connectionTo, startAzurite, startProxy } from '../store/azurite.ts';
import type { Azurite } from '../store/azurite.ts';
import { REQUESTS, blobName, requestLine } from '../support/azure/blobs.ts';
import { clockFrom, durableOf, poll } from '../support/azure/polling.ts';
import { T0 } from '../support/samples.ts';

const FLOWS = 'insights-logs-flowlogflowevent';
const MAC = 'macAddress=000000000001/PT1H.json';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
  const { connectionString } = connectionTo(azurite.port);
  for (const container of [REQUESTS, FLOWS, 'backups'])
    await new ContainerClient(connectionString, container).create();
});
afterAll(() => azurite[Symbol.asyncDispose]());

const containerOf = (name: string): ContainerClient =>
  new ContainerClient(connectionTo(azurite.port).connectionString, name);

/** Appends lines as Azure Monitor does, in pieces that end anywhere. */
async function appendLines(name: string, text: string): Promise<void> {
  const blob = containerOf(REQUESTS).getAppendBlobClient(name);
  await blob.createIfNotExists();
  const middle = Math.floor(text.length * 0.6);
  for (const piece of [text.slice(0, middle), text.slice(middle)])
    await blob.appendBlock(piece, piece.length);
}

/** Adds blocks before the closing one, as Network Watcher does each minute. */
async function addFlows(name: string, from: number, to: number): Promise<void> {
  const blob = containerOf(FLOWS).getBlockBlobClient(name);
  const idOf = (n: number): string => Buffer.from(String(n).padStart(6, '0')).toString('base64');
  const stage = (id: string, text: string) => blob.stageBlock(id, text, text.length);
  await stage(idOf(0), '{"records":[');
  await stage(idOf(999_999), ']}');
  for (let n = from; n < to; n++)
    await stage(
      idOf(n + 1),
      `${n === 0 ? '' : ','}${JSON.stringify({ time: new Date(T0 + n * 60_000).toISOString(), category: 'FlowLogFlowEvent', n })}`,
    );
  const ids = Array.from({ length: to }, (_, n) => idOf(n + 1));
  await blob.commitBlockList([idOf(0), ...ids, idOf(999_999)]);
}

const numbersOf = (captures: readonly Capture[], marker: string): number[] =>
  captures
    .filter(({ stream }) => stream.includes(marker))
    .flatMap(({ body }) =>
      [
        ...Buffer.from(body)
          .toString()
          .matchAll(/"n":(\d+)/g),
      ].map(([, n]) => Number(n)),
    );
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test('append blobs and block blobs are followed as they grow, behind a service that fails, across restarts', async () => {
  await using proxy = await startProxy(azurite.port, seededRandom('storage-blobs'), 0.1);
  const { connectionString } = connectionTo(proxy.port);
  const settings = StorageBlobsSettings.parse({
    type: 'storage_blobs',
    connectionString,
    everySeconds: 1,
    timeoutSeconds: 2,
  });
  const requests = blobName('AOAI', T0);
  const flows = blobName('VNET', T0, MAC);
  const captures: Capture[] = [];
  for (let step = 0; step < 6; step++) {
    const [from, to] = [step * 20, (step + 1) * 20];
    await Promise.all([
      appendLines(
        requests,
        upTo(to)
          .slice(from)
          .map((n) => requestLine(n, T0 + n))
          .join(''),
      ),
      addFlows(flows, from, to),
    ]);
    const found = await poll({
      create: (context, parts) => createStorageBlobs(settings, context, parts),
      durable: durableOf(captures),
      clock: clockFrom(T0 + step * 60_000, 20),
      until: (now) => numbersOf(now, REQUESTS).length + numbersOf(now, FLOWS).length >= 40,
    });
    captures.push(...found.captures);
  }
  expect(numbersOf(captures, REQUESTS)).toEqual(upTo(120));
  expect(numbersOf(captures, FLOWS)).toEqual(upTo(120));
  expect([...proxy.counts.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
}, 120_000);

test('blobs that were deleted, or written anew as something else, are named', async () => {
  const { connectionString } = connectionTo(azurite.port);
  const settings = StorageBlobsSettings.parse({
    type: 'storage_blobs',
    connectionString,
    containers: [REQUESTS],
    everySeconds: 1,
  });
  const name = blobName('REPLACED', T0);
  await appendLines(name, requestLine(500, T0) + requestLine(501, T0));
  let isAnew: Promise<void> | undefined;
  const { captures, problems } = await poll({
    create: (context, parts) => createStorageBlobs(settings, context, parts),
    clock: clockFrom(T0, 20),
    until: (found) => {
      const own = numbersOf(found, 'REPLACED');
      if (own.length === 2)
        isAnew ??= containerOf(REQUESTS)
          .deleteBlob(name)
          .then(() => appendLines(name, requestLine(502, T0) + requestLine(503, T0) + requestLine(504, T0)));
      return own.length === 5;
    },
  });
  await isAnew;
  expect(numbersOf(captures, 'REPLACED')).toEqual([500, 501, 502, 503, 504]);
  expect(problems.join()).toContain('was written anew');
}, 60_000);
