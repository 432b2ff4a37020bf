import { expect, test } from 'vitest';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { openContainer } from '../../src/store/blob-client.ts';
import { lakeAt } from '../../src/store/place.ts';
import { connectionTo, startAzurite } from './azurite.ts';
import { aCapture, LAKE_ORIGIN, signer } from './lakes.ts';
import { openLake } from '../../src/store/lake.ts';
import { T0 } from '../support/samples.ts';
import { twoWriters } from './two-writers.ts';

const COMMITS = 30;

test('two writers on one container, whose service fails in every way it can, lose and double nothing', async () => {
  const outcome = await twoWriters('container', COMMITS, 0.12);
  const { verified, captures, eventCommits, eventSeals, mishaps } = outcome;
  expect(verified.faults).toEqual([]);
  expect(verified.checked.seals).toBe(outcome.commits);
  expect(eventSeals.size).toBe(eventCommits);
  expect(new Set(captures).size).toBe(captures.length);
  for (const writer of ['left', 'right'])
    for (let n = 1; n <= COMMITS; n++) expect(captures).toContain(`hub/${writer}@${n}`);
  const shared = captures.filter((name) => name.startsWith('hub/shared')).length;
  for (let n = 1; n <= shared; n++) expect(captures).toContain(`hub/shared@${n}`);
  expect(verified.streams).toHaveLength(3);
  expect([...mishaps.keys()].length).toBeGreaterThan(4);
}, 60_000);

test('a lake in a container opens by its URL; a second process of the same name is kept out by a lease', async () => {
  await using azurite = await startAzurite();
  const { url, connectionString } = connectionTo(azurite.port);
  const container = { url: `${url}/evidence/prod`, connectionString };
  const open = async (waitMs?: number) => {
    const { lock, ...at } = await lakeAt({ folder: 'unused', container, writer: 'main', jitter: () => 0 });
    const { lockContainer } = await import('../../src/store/blob-lock.ts');
    const opened = await openContainer(container, () => 0);
    const quick = waitMs === undefined ? lock : () => lockContainer(opened, 'main', waitMs);
    return openLake({ ...at, lock: quick, origin: LAKE_ORIGIN, signer, clock: () => T0 } as Parameters<
      typeof openLake
    >[0]);
  };
  const lake = await open();
  lake.append(aCapture({ sequence: 1 }));
  await lake.seal();
  await expect(open(0)).rejects.toMatchObject({
    code: 'LAKE_CONFLICT',
    message: expect.stringContaining('another process is writing to it as main'),
  });
  await lake.close();
  const again = await open();
  expect(await again.durableSequence('openai-logs/0')).toBe(1);
  await again.close();
}, 30_000);

test('a refusal is not tried again, and says which role is missing', async () => {
  let asked = 0;
  const server = createServer((_incoming, response) => {
    asked++;
    response.writeHead(403, { 'x-ms-error-code': 'AuthorizationPermissionMismatch' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const opening = openContainer(connectionTo((server.address() as AddressInfo).port), () => 0);
  await expect(opening).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/AuthorizationPermissionMismatch.*Storage Blob Data Contributor/),
  });
  expect(asked).toBe(1);
  server.close();
  await expect(openContainer({ url: 'https://account.example.com/' }, () => 0)).rejects.toThrow(
    'names no container',
  );
});
