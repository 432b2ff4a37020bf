import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Config } from '../../src/config.ts';
import { checkSources } from '../../src/cli/doctor-sources.ts';

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.destroy());
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const check = (sources: unknown) => checkSources(Config.parse({ sources }));

test('a source whose address answers, or whose files can be read, is in order', async () => {
  const port = await listen();
  const file = join(tmpdir(), `plumbline-doctor-${port}.json`);
  writeFileSync(file, '{}');
  const key = 'SharedAccessKeyName=a;SharedAccessKey=AAAA;EntityPath=logs';
  const checks = await check({
    exports: { type: 'files', paths: [file] },
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
    ['source exports', 'ok'],
    ['source topic', 'ok'],
    ['source hub', 'ok'],
    ['source blobs', 'ok'],
    ['source archive', 'ok'],
  ]);
  expect(JSON.stringify(checks)).not.toContain('AAAA');
});

test('one that does not answer is broken, or a warning while another broker does, with what to look at', async () => {
  const port = await listen();
  const checks = await check({
    exports: { type: 'files', paths: ['/does/not/exist'] },
    dead: { type: 'kafka', brokers: ['127.0.0.1:1'], topics: ['t'] },
    half: { type: 'kafka', brokers: ['127.0.0.1:1', `127.0.0.1:${port}`], topics: ['t'] },
  });
  expect(checks.map(({ state }) => state)).toEqual(['broken', 'broken', 'warning']);
  expect(checks[1]).toMatchObject({ found: expect.stringContaining('ECONNREFUSED') as string });
  for (const { fix } of checks) expect(fix).toMatch(/\w/);
});
