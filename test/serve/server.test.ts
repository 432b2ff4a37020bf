import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request } from 'node:http';
import { connect } from 'node:net';
import { PipelineError } from '../../src/lib/errors.ts';
import { createLogger } from '../../src/lib/log.ts';
import type { ErrorBody } from '../../src/serve/api-error.ts';
import type { ComponentHealth } from '../../src/serve/deps.ts';
import { memoryEstate } from '../support/memory-estate.ts';
import { TOKEN, serve } from '../support/serving.ts';
import type { Served } from '../support/serving.ts';

let served: Served;
beforeAll(async () => {
  served = await serve({ reportHtml: async () => '<!doctype html><title>Report</title>' });
});
afterAll(async () => await served.stop());

const errorOf = async (response: Response): Promise<ErrorBody['error']> =>
  ((await response.json()) as ErrorBody).error;

const withoutToken = { headers: {} };

/** A request that fetch would not make: any Host, any extra header. Answers the status code. */
const rawStatus = async (path: string, headers: Record<string, string>): Promise<number> =>
  await new Promise((resolve, reject) => {
    request(`${served.url}${path}`, { headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });

describe('the HTTP service', () => {
  test('answers a question about the evidence to whoever has the token', async () => {
    const response = await served.get('/api/v1/findings?limit=2');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = (await response.json()) as { items: unknown[]; hasMore: boolean };
    expect(body.items).toHaveLength(2);
    expect(body.hasMore).toBe(true);
  });

  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another token', 'Bearer another-token-0123456789-0123456789'],
    ['the token with one letter more', `Bearer ${TOKEN}x`],
    ['the token with one letter less', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token in another case', `Bearer ${TOKEN.toUpperCase()}`],
    ['another scheme', `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}`],
    ['two tokens', `Bearer ${TOKEN} ${TOKEN}`],
    ['a very long token', `Bearer ${'a'.repeat(4000)}`],
  ])('refuses %s without a hint', async (_what, authorization) => {
    const response = await served.get('/api/v1/evidence', {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="plumbline"');
    expect(await errorOf(response)).toMatchObject({ code: 'UNAUTHORIZED', where: '/api' });
  });

  test.each([
    '/%61pi/v1/evidence',
    '/api/v1/nothing',
    '/api/',
    '/api/v1/grafana/sources',
    '/api/v1/findings?x=1',
  ])('asks for the token before it says anything about %s', async (path) => {
    expect((await served.get(path, withoutToken)).status).toBe(401);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('answers %s with 405', async (method) => {
    for (const path of ['/api/v1/findings', '/healthz', '/nothing']) {
      const response = await served.get(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      expect(await errorOf(response)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
    }
  });

  test('answers HEAD as GET, without a body', async () => {
    for (const path of ['/healthz', '/api/v1/findings', '/api/v1/grafana/sources', '/report']) {
      const response = await served.get(path, { method: 'HEAD' });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('');
    }
  });

  test('says where nothing is', async () => {
    const response = await served.get('/nothing?secret=1');
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'NOT_FOUND', where: '/nothing' });
  });

  test('answers what is no path and what is no HTTP without falling over', async () => {
    expect((await errorOf(await served.get('/%ZZ'))).code).toBe('REQUEST_INVALID');
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(served.url).port), '127.0.0.1', () =>
        socket.write('GARBAGE\r\n\r\n'),
      );
      socket.setEncoding('utf8').on('data', resolve).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('REQUEST_INVALID');
    expect((await served.get('/healthz')).status).toBe(200);
  });
});

describe('health', () => {
  test('liveness and readiness need no token', async () => {
    const live = await served.get('/healthz', withoutToken);
    expect(await live.json()).toEqual({ status: 'ok' });
    const ready = await served.get('/readyz', withoutToken);
    expect(await ready.json()).toEqual({
      status: 'ok',
      components: [{ name: 'store', state: 'ok', detail: 'sealed a minute ago' }],
    });
  });

  test.each<[ComponentHealth['state'], number]>([
    ['ok', 200],
    ['degraded', 200],
    ['down', 503],
  ])('the worst component decides: %s answers %i', async (state, status) => {
    const other = await serve({
      health: async () => [
        { name: 'collect', state: 'ok', detail: '' },
        { name: 'store', state, detail: 'as told' },
      ],
    });
    const response = await other.get('/readyz', withoutToken);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status: state });
    expect((await other.get('/healthz')).status).toBe(200);
    await other.stop();
  });
});

describe('metrics and the report', () => {
  test('are open on this machine', async () => {
    const metrics = await served.get('/metrics', withoutToken);
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toContain('plumbline_source_records_total{source="activity"} 100');
    const report = await served.get('/report', withoutToken);
    expect(await report.text()).toContain('<title>Report</title>');
  });

  test('the report keeps its own content security policy, everything else gets the strictest', async () => {
    expect((await served.get('/report')).headers.get('content-security-policy')).toBeNull();
    expect((await served.get('/healthz')).headers.get('content-security-policy')).toBe(
      "default-src 'none';frame-ancestors 'none'",
    );
    expect((await served.get('/report')).headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each<[string, Record<string, string>]>([
    ['through a name that a web page pointed at this machine', { host: 'rebound.example.com' }],
    ['through a proxy on this machine', { 'x-forwarded-for': '203.0.113.9' }],
    ['through a proxy that says Forwarded', { forwarded: 'for=203.0.113.9' }],
  ])('ask for the token when asked %s', async (_how, headers) => {
    for (const path of ['/metrics', '/report']) {
      expect(await rawStatus(path, headers)).toBe(401);
      expect(await rawStatus(path, { ...headers, authorization: `Bearer ${TOKEN}` })).toBe(200);
      const basic = Buffer.from(`auditor:${TOKEN}`).toString('base64');
      expect(await rawStatus(path, { ...headers, authorization: `Basic ${basic}` })).toBe(200);
      const wrong = Buffer.from('auditor:wrong').toString('base64');
      expect(await rawStatus(path, { ...headers, authorization: `Basic ${wrong}` })).toBe(401);
      const noColon = Buffer.from(TOKEN).toString('base64');
      expect(await rawStatus(path, { ...headers, authorization: `Basic ${noColon}` })).toBe(401);
    }
  });

  test('a command without a report says so', async () => {
    const other = await serve();
    const response = await other.get('/report');
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'NOT_FOUND', where: '/report' });
    await other.stop();
  });
});

describe('when something behind the service fails', () => {
  const lines: string[] = [];
  const log = createLogger('error', { write: (line: string) => lines.push(line) } as never);

  test.each<[string, unknown, number, string]>([
    [
      'a product error',
      new PipelineError('LAKE_CORRUPT', '/private/lake', 'log entry 7 is gone'),
      503,
      'LAKE_CORRUPT',
    ],
    ['a passing error', new PipelineError('STORE_FAILED', '/private/lake', 'disk busy'), 503, 'STORE_FAILED'],
    ['anything else', new TypeError('reading /private/lake'), 500, 'INTERNAL'],
    ['something that is no error', 'text from /private/lake', 500, 'INTERNAL'],
  ])('%s is answered with its code, the details only reach the log', async (_what, thrown, status, code) => {
    lines.length = 0;
    const other = await serve({
      log,
      evidence: {
        ...memoryEstate.evidence,
        evidence: async () => {
          throw thrown;
        },
      },
    });
    const response = await other.get('/api/v1/evidence');
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text).toContain(`"code":"${code}"`);
    expect(text).not.toContain('private');
    expect(text).not.toMatch(/\bat .*:\d+/);
    expect(lines.join('')).toContain('/private/lake');
    expect(lines.join('')).not.toContain(TOKEN);
    await other.stop();
  });

  test('an answer that takes too long ends with 503 TIMEOUT', async () => {
    const other = await serve({
      timeoutMs: 50,
      evidence: { ...memoryEstate.evidence, sources: async () => await new Promise(() => undefined) },
    });
    const response = await other.get('/api/v1/sources');
    expect(response.status).toBe(503);
    expect(await errorOf(response)).toMatchObject({ code: 'TIMEOUT' });
    await other.stop();
  });
});
