import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startChild } from '../support/child.ts';
import type { Child, Ended } from '../support/child.ts';
import { createWorkplace } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

const SECRET = 'R0utingKeyThatMustNotBeSeenAtAll';
const START = '"url":"(http:[^"]+)"';

function startService(place: Workplace, text: string): Child {
  writeFileSync(join(place.folder, 'plumbline.yml'), text);
  return startChild(['run', '--config', 'plumbline.yml'], { cwd: place.folder, env: { PD_KEY: SECRET } });
}

const healthOf = async (url: string) => {
  const answer = await fetch(`${url}/readyz`);
  const body = (await answer.json()) as {
    status: string;
    components: { name: string; state: string; detail: string }[];
  };
  return { code: answer.status, ...body };
};

describe('a service with a day of the demo and a folder of files', () => {
  let place: Workplace;
  let child: Child;
  let url: string;
  let token: string;
  let ended: Ended | undefined;
  const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers });
  const authorised = () => ({ authorization: `Bearer ${token}` });

  beforeAll(async () => {
    place = createWorkplace();
    mkdirSync(join(place.folder, 'inbox'));
    const failure = { ...diagnosticsDeleted('aoai-filed'), time: new Date().toISOString() };
    writeFileSync(join(place.folder, 'inbox/export.json'), envelope(failure, ordinary()));
    const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 86_400_000).toISOString();
    child = startService(
      place,
      `organisation: Example Ltd
lake: { sealAfter: 1s }
sources:
  day: { type: demo, records: 1000, stories: [public-ai], start: ${hour} }
  inbox: { type: files, paths: [inbox] }
alerts: { notifiers: [{ type: pagerduty, routingKey: '\${PD_KEY}', baseUrl: 'http://127.0.0.1:9', attempts: 1 }] }
serve: { port: 0 }
`,
    );
    [, url = ''] = await child.until(new RegExp(START));
    token = readFileSync(join(place.folder, 'data/keys/api-token'), 'utf8').trim();
    const isDone = async (): Promise<boolean> =>
      (await healthOf(url)).components.filter(({ detail }) => detail === 'read to its end').length === 2;
    while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 100));
    // Boards are as of the last look, a second ago at most; a report looks.
    await get('/report');
  }, 60_000);
  afterAll(async () => {
    await child[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  test('is alive and ready, with every source by name', async () => {
    expect((await get('/healthz')).status).toBe(200);
    const { code, status, components } = await healthOf(url);
    expect([code, status]).toEqual([200, 'ok']);
    expect(components.map(({ name, state }) => [name, state])).toEqual([
      ['store', 'ok'],
      ['day', 'ok'],
      ['inbox', 'ok'],
    ]);
  });

  test('counts what each source gave, in the Prometheus format', async () => {
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(/^plumbline_\w*records\w*\{source="inbox"\} 2$/m);
    expect(text).toMatch(/^plumbline_\w*records\w*\{source="day"\} [1-9]\d{2,}$/m);
  });

  test('answers the API with the token, and nobody without it', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Basic ${token}` },
    ] as Record<string, string>[])
      expect((await get('/api/v1/findings', headers)).status).toBe(401);
    const answer = await get('/api/v1/findings', authorised());
    expect(answer.status).toBe(200);
    const { items } = (await answer.json()) as { items: { resourceId: string }[] };
    expect(items.some(({ resourceId }) => resourceId.includes('aoai-filed'))).toBe(true);
  });

  test('shows the report on both sources to a browser on this machine', async () => {
    const answer = await get('/report');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const html = await answer.text();
    expect(html).toContain('Example Ltd');
    expect(html).toContain('aoai-filed');
    expect(html).toContain('ai-research');
  });

  test('lets nobody else write to its lake meanwhile', async () => {
    const { code, err } = await place.run('replay', 'inbox', '--config', 'plumbline.yml');
    expect(code).toBe(2);
    expect(err).toMatch(/environment variable PD_KEY is not set/);
    const second = await place.runWith({ env: { PD_KEY: SECRET } }, 'replay', 'inbox', '-c', 'plumbline.yml');
    expect(second.code).toBe(3);
    expect(second.err).toMatch(/another process is writing to it/);
  });

  test('can be verified while it runs', async () => {
    expect((await place.runWith({ env: { PD_KEY: SECRET } }, 'verify', '-c', 'plumbline.yml')).code).toBe(0);
  });

  test('drains, seals and ends on SIGTERM: 4, because nobody could be told', async () => {
    child.process.kill('SIGTERM');
    ended = await child.ended;
    expect([ended.code, ended.signal]).toEqual([4, null]);
    expect(ended.err).toMatch(/"msg":"plumbline: drained and sealed"/);
    expect(ended.err).toMatch(/"reason":"network error/);
    await expect(get('/healthz')).rejects.toThrow('fetch failed');
    expect((await place.runWith({ env: { PD_KEY: SECRET } }, 'verify', '-c', 'plumbline.yml')).code).toBe(0);
  });

  test('said nothing on standard output, JSON lines alone on standard error, and no secret on either', () => {
    expect(ended?.out).toBe('');
    for (const line of ended?.err.trimEnd().split('\n') ?? [])
      expect(JSON.parse(line)).toMatchObject({ msg: expect.any(String) as string });
    expect(ended?.err).not.toContain(SECRET);
    expect(ended?.err).not.toContain(token);
  });
});

describe('a service', () => {
  test('with nothing to collect serves, and ends with 0 on SIGINT', async () => {
    using place = createLeanWorkplace();
    await using child = startService(place, `${place.content}serve: { port: 0 }\n`);
    const [, url = ''] = await child.until(new RegExp(START));
    expect(await healthOf(url)).toMatchObject({ code: 200, status: 'ok' });
    expect((await fetch(`${url}/report`)).status).toBe(200);
    child.process.kill('SIGINT');
    expect(await child.ended).toMatchObject({ code: 0, out: '' });
  });

  test('with a source that cannot be read all of it says so, and ends with 4', async () => {
    using place = createLeanWorkplace();
    writeFileSync(join(place.folder, 'table.csv'), 'a,b\n1,2\n');
    await using child = startService(
      place,
      `${place.content}sources: { x: { type: files, paths: [table.csv] } }\nserve: { port: 0 }\n`,
    );
    const [, url = ''] = await child.until(new RegExp(START));
    await child.until(/not all of it could be read/);
    expect(await healthOf(url)).toMatchObject({ code: 200, status: 'degraded' });
    child.process.kill('SIGTERM');
    expect((await child.ended).code).toBe(4);
  });

  test('on a port that is taken does not start: exit 3, and says what to do', async () => {
    using place = createLeanWorkplace();
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await using child = startService(place, `${place.content}serve: { port: ${port} }\n`);
    const { code, out, err } = await child.ended;
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(
      /^plumbline: cannot listen on 127\.0\.0\.1:\d+; is it running already\? Else name another port; cause: .*EADDRINUSE/,
    );
  });
});
