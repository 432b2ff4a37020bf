import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Config } from '../../src/config.ts';
import { checkClock, clocksOf } from '../../src/cli/doctor-clock.ts';
import { checkSources } from '../../src/cli/doctor-sources.ts';
import { startBroker } from '../support/amqp/broker.ts';
import { settingsFor } from '../support/amqp/collecting.ts';
import { T0 } from '../support/samples.ts';

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const check = (sources: unknown) => checkSources(Config.parse({ sources }), () => T0);

test('a source that lets us in, or whose files can be read, is in order', async () => {
  await using hub = await startBroker({ partitions: 3 });
  const file = join(mkdtempSync(join(tmpdir(), 'plumbline-doctor-')), 'x.json');
  writeFileSync(file, '{}');
  const checks = await check({
    exports: { type: 'files', paths: [file] },
    hub: settingsFor(hub),
    day: { type: 'demo' },
  });
  expect(checks).toEqual([
    { name: 'source exports', state: 'ok', found: '1 paths can be read', fix: '' },
    { name: 'source hub', state: 'ok', found: `${hub.hub} has 3 partitions`, fix: '' },
    { name: 'source day', state: 'ok', found: 'demo needs nothing', fix: '' },
  ]);
  // Nobody who reads was disturbed.
  expect(hub.seen.attaches).toBe(0);
});

test('one that answers and is not what it should be is broken, with what to do and without its key', async () => {
  const port = await listen();
  const key = 'SharedAccessKeyName=a;SharedAccessKey=AAAA;EntityPath=logs';
  const checks = await check({
    topic: { type: 'kafka', brokers: [`127.0.0.1:${port}`], topics: ['t'] },
    hub: {
      type: 'event_hubs',
      connectionString: `Endpoint=sb://hub.example.com/;${key}`,
      endpoint: `sb://127.0.0.1:${port}`,
    },
    blobs: {
      type: 'storage_blobs',
      connectionString: `AccountName=a;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:${port}/a;`,
    },
    archive: {
      type: 'storage_blobs',
      account: `http://127.0.0.1:${port}`,
      credential: { type: 'managed_identity' },
    },
  });
  expect(checks.map(({ name, state }) => [name, state])).toEqual([
    ['source topic', 'broken'],
    ['source hub', 'broken'],
    ['source blobs', 'broken'],
    ['source archive', 'broken'],
  ]);
  for (const { found, fix } of checks)
    expect([found, fix]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  expect(JSON.stringify(checks)).not.toContain('AAAA');
});

test('one that does not answer is broken, with what to look at', async () => {
  const port = await listen();
  const checks = await check({
    exports: { type: 'files', paths: ['/does/not/exist'] },
    dead: { type: 'kafka', brokers: ['127.0.0.1:1'], topics: ['t'] },
    half: { type: 'kafka', brokers: ['127.0.0.1:1', `127.0.0.1:${port}`], topics: ['t'] },
  });
  expect(checks.map(({ state }) => state)).toEqual(['broken', 'broken', 'broken']);
  expect(checks[1]).toMatchObject({ found: expect.stringContaining('ECONNREFUSED') as string });
  for (const { fix } of checks) expect(fix).toMatch(/\w/);
});

const archive = {
  type: 'storage_blobs',
  account: 'https://example.blob.core.windows.net',
  credential: { type: 'managed_identity' },
};
const dated = (time: number) => () =>
  Promise.resolve(new Response(null, { status: 400, headers: { date: new Date(time).toUTCString() } }));

test.each([
  ['as a server that we talk to anyway', 0, 'ok', /0 ms ahead of example\.blob\.core\.windows\.net$/],
  ['a minute ahead', -60_000, 'warning', /, 1 m ahead of /],
  ['ten minutes behind', 600_000, 'broken', /, 10 m behind /],
])('a clock that is %s is told apart', async (_what, theirs, state, found) => {
  const config = Config.parse({ sources: { archive } });
  const clock = await checkClock({ clock: () => T0, fetch: dated(T0 + theirs) }, config);
  expect(clock).toMatchObject({ name: 'clock', state, found: expect.stringMatching(found) as string });
  expect(clock.fix === '').toBe(state === 'ok');
});

test('a clock is compared with nobody when nobody answers, and with whom the service talks to', async () => {
  const config = Config.parse({
    lake: { container: { url: 'https://lake.blob.core.windows.net/evidence' } },
    sources: {
      archive,
      hub: {
        type: 'event_hubs',
        namespace: 'example.servicebus.windows.net',
        hub: 'logs',
        credential: { type: 'default' },
      },
    },
  });
  expect(clocksOf(config)).toEqual([
    'https://lake.blob.core.windows.net',
    'https://example.blob.core.windows.net',
    'https://example.servicebus.windows.net',
  ]);
  const silent = () => Promise.reject(new Error('no network'));
  expect(await checkClock({ clock: () => T0, fetch: silent }, config)).toMatchObject({
    state: 'ok',
    found: expect.stringMatching(/compared with nobody$/) as string,
  });
});
