import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { serveInThread } from '../../src/cli/serve-in-thread.ts';
import type { ServeInThread } from '../../src/cli/serve-in-thread.ts';
import type { Serving } from '../../src/cli/serving.ts';
import { Config } from '../../src/config.ts';
import { DAY_MS } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openLake } from '../../src/store/lake.ts';
import { speakTail } from '../../src/store/tail/channel.ts';
import { createTap } from '../../src/tap.ts';
import { LAKE_ORIGIN, ORIGIN, aCapture, signer, ticking } from '../store/lakes.ts';
import { T0, aFinding, anEvent } from '../support/samples.ts';

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const parts = (data: string, over: Partial<ServeInThread> = {}): ServeInThread => ({
  task: {
    config: { ...Config.parse({ lake: { origin: LAKE_ORIGIN } }), data },
    content: { assertions: [], frameworks: [], decisions: [] },
    port: 0,
    logLevel: 'silent',
    productFolder: join(import.meta.dirname, '../..'),
    productVersion: '1.2.3',
    workingFolder: data,
  },
  log: silentLogger,
  answers: {
    metrics: () => 'plumbline_test 1\n',
    health: () => [{ name: 'store', state: 'ok', detail: 'takes evidence' }],
  },
  tap: createTap(() => Date.now()),
  ...over,
});

async function started(given: ServeInThread): Promise<Serving> {
  const serving = await serveInThread(given);
  onTestFinished(async () => await serving[Symbol.asyncDispose]());
  return serving;
}

test('boards are answered in a thread of their own, with what this one has not sealed yet', async () => {
  const data = aFolder();
  const tap = createTap(() => Date.now());
  const { url, tokenFile } = await started(parts(data, { tap }));
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ components: [{ name: 'store' }] });
  expect(await (await fetch(`${url}/metrics`)).text()).toBe('plumbline_test 1\n');
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` };
  const asked = async (path: string) => (await (await fetch(url + path, { headers })).json()) as object;

  const path = join(data, 'lake');
  using tail = speakTail(path, ORIGIN);
  const lake = await openLake({ path, origin: LAKE_ORIGIN, signer, clock: ticking(), watch: tail.watch });
  const leaf = lake.append(aCapture({ sequence: 1 })) ?? -1;
  lake.addEvents([anEvent({ evidence: { leaf, record: 0 } })]);
  lake.addFindings([aFinding({ evidence: { leaf, record: 0 } })]);
  const findings = `/api/v1/findings?from=${T0 - DAY_MS}&to=${T0 + DAY_MS}`;
  await expect.poll(() => asked(findings), { timeout: 10_000 }).toMatchObject({ items: [{ sealed: false }] });
  expect(await asked('/api/v1/evidence')).toMatchObject({
    captures: 0,
    unsealed: { captures: 1, events: 1 },
  });
  await lake.seal();
  await expect.poll(() => asked(findings), { timeout: 10_000 }).toMatchObject({ items: [{ sealed: true }] });
  expect(await asked('/api/v1/evidence')).toMatchObject({
    captures: 1,
    unsealed: { captures: 0, events: 0 },
  });
  await lake.close();

  const stream = await fetch(`${url}/api/v1/tap?matched=true`, { headers });
  const reader = stream.body?.getReader();
  await reader?.read();
  await expect.poll(() => tap.isOpen, { timeout: 10_000 }).toBe(true);
  tap.offer({ event: anEvent({ id: 'unmatched' }), detections: [] });
  tap.offer({ event: anEvent({ id: 'matched' }), detections: ['a_rule'] });
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain('"id":"matched"');
  await reader?.cancel();
  await expect.poll(() => tap.isOpen, { timeout: 10_000 }).toBe(false);
});

test('what it is not told it does not make up', async () => {
  const refuse = (): never => {
    throw new Error('not now');
  };
  const { url } = await started(parts(aFolder(), { answers: { metrics: refuse, health: refuse } }));
  expect((await fetch(`${url}/metrics`)).status).toBe(500);
  expect((await fetch(`${url}/readyz`)).status).toBe(500);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a port that is taken is said at once', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const given = parts(aFolder());
  await expect(serveInThread({ ...given, task: { ...given.task, port } })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${port}`,
  );
});

test('a thread that ends unasked is started again, where it was', async () => {
  const folder = aFolder();
  const entry = join(folder, 'thread.mjs');
  writeFileSync(
    entry,
    `import { appendFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
appendFileSync(workerData.workingFolder + '/lives', workerData.port + ' ');
parentPort.postMessage({ kind: 'listening', url: 'http://127.0.0.1:4690', tokenFile: 'token' });
parentPort.on('message', () => parentPort.close());
if (workerData.port === 0) setTimeout(() => { throw new Error('it broke'); }, 20);
`,
  );
  const errors: string[] = [];
  const log = Object.create(silentLogger, {
    error: { value: (_: object, what: string) => errors.push(what) },
  }) as typeof silentLogger;
  const serving = await serveInThread(parts(folder, { entry: pathToFileURL(entry), log }));
  expect(serving.url).toBe('http://127.0.0.1:4690');
  const lives = (): string => readFileSync(join(folder, 'lives'), 'utf8');
  await expect.poll(lives, { timeout: 10_000 }).toBe('0 4690 ');
  await serving[Symbol.asyncDispose]();
  expect(errors).toEqual(['serve: ended by an error', 'serve: ended unasked; starts again']);
  expect(lives()).toBe('0 4690 ');
});
