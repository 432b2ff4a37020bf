import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { panelIds, panelPath, panels } from '../../src/domain/panels.ts';
import { DAY_MS, iso } from '../../src/lib/clock.ts';
import type { ErrorBody } from '../../src/serve/api-error.ts';
import { NOW, memoryEstate } from '../support/memory-estate.ts';
import { memoryEvidence, memoryPosture } from '../support/memory-readers.ts';
import { shapeChecker } from '../support/openapi-shapes.ts';
import type { OpenApi } from '../support/openapi-shapes.ts';
import { T0, resourceOf } from '../support/samples.ts';
import { serve } from '../support/serving.ts';
import type { Served } from '../support/serving.ts';

let served: Served;
let document: OpenApi;
beforeAll(async () => {
  served = await serve();
  document = (await (await served.get('/openapi.json', { headers: {} })).json()) as OpenApi;
});
afterAll(async () => await served.stop());

const json = async (path: string): Promise<Record<string, never>> =>
  (await (await served.get(path)).json()) as Record<string, never>;

const somePath = (template: string): string =>
  template
    .replace('/findings/{id}', '/findings/fnd-00000000000000000003')
    .replace('/controls/{id}', '/controls/soc2:CC6.1');

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 and names every route, the token where it is asked for', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).toSorted()).toEqual(
      [
        '/healthz',
        '/readyz',
        '/metrics',
        '/report',
        '/openapi.json',
        '/api/v1/findings',
        '/api/v1/findings/{id}',
        '/api/v1/controls',
        '/api/v1/controls/{id}',
        '/api/v1/evidence',
        '/api/v1/sources',
        '/api/v1/tap',
        ...panelIds.map(panelPath),
      ].toSorted(),
    );
    const guarded = Object.entries(document.paths).filter(([, { get }]) => get?.security !== undefined);
    expect(guarded.map(([path]) => path)).toEqual(
      Object.keys(document.paths).filter((path) => path.startsWith('/api/')),
    );
  });

  test('documents each query parameter with its bounds', () => {
    const limit = document.paths['/api/v1/findings']?.get?.parameters?.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    });
  });

  test('every JSON answer has the shape that it promises', async () => {
    const check = shapeChecker(document);
    const paths = Object.keys(document.paths).filter(
      (path) => !['/metrics', '/report', '/api/v1/tap'].includes(path),
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(check('/api/v1/evidence', 200, { origin: 'x' })).not.toEqual([]);
    expect(check('/api/v1/grafana/dead-letters', 200, [{ reason: 'x', count: 1, more: 1 }])).not.toEqual([]);
    for (const path of paths) {
      const response = await served.get(somePath(path));
      expect([path, response.status]).toEqual([path, 200]);
      expect(check(path, 200, await response.json())).toEqual([]);
      if (!path.startsWith('/api/')) continue;
      const refused = await served.get(`${somePath(path)}?nonsense=1`);
      expect(check(path, 400, await refused.json())).toEqual([]);
      const unknown = await served.get(somePath(path), { headers: {} });
      expect(check(path, 401, await unknown.json())).toEqual([]);
    }
  });
});

describe('findings', () => {
  test('come newest first, page by page, each exactly once', async () => {
    const seen: string[] = [];
    for (let offset = 0; ; offset += 7) {
      const page = (await json(`/api/v1/findings?limit=7&offset=${offset}`)) as unknown as {
        items: { id: string; time: number }[];
        hasMore: boolean;
      };
      seen.push(...page.items.map(({ id }) => id));
      if (!page.hasMore) break;
    }
    const expected = memoryEstate.lake.findings.toSorted((a, b) => b.time - a.time).map(({ id }) => id);
    expect(seen).toEqual(expected);
  });

  test('can be narrowed by window, level and assertion', async () => {
    const query = `from=${T0}&to=${iso(T0 + DAY_MS)}&level=low&assertion=logging.diagnostic-settings.kept`;
    const { items, window } = (await json(`/api/v1/findings?${query}`)) as unknown as {
      items: { time: number; level: string }[];
      window: object;
    };
    expect(window).toEqual({ from: T0, to: T0 + DAY_MS });
    expect(items.length).toBeGreaterThan(0);
    for (const { time, level } of items) {
      expect(level).toBe('low');
      expect(time).toBeLessThan(T0 + DAY_MS);
    }
  });

  test('one finding can be asked for by its id, an unknown one is 404', async () => {
    expect(await json('/api/v1/findings/fnd-00000000000000000003')).toMatchObject({
      target: 'ada@example.com',
    });
    const response = await served.get('/api/v1/findings/fnd-ffffffffffffffffffff');
    expect(response.status).toBe(404);
  });
});

describe('controls', () => {
  test('are listed with the counts of their framework', async () => {
    const body = await json('/api/v1/controls?framework=soc2');
    expect(body).toMatchObject({
      asKnownAt: NOW,
      frameworks: [{ id: 'soc2', counts: { FAIL: 1, NO_EVIDENCE: 1, PASS: 1, MANUAL_ONLY: 1, ATTESTED: 1 } }],
    });
    expect(body['items']).toHaveLength(5);
    expect((await json('/api/v1/controls?framework=all'))['items']).toHaveLength(7);
  });

  test('one control shows what each assertion rests on, worst resource first', async () => {
    const body = await json('/api/v1/controls/soc2:CC6.1');
    expect(body).toMatchObject({
      status: 'FAIL',
      since: T0 + 2 * DAY_MS,
      assertions: [
        {
          owner: 'platform',
          resourcesSeen: 3,
          resources: [
            { resource: resourceOf('aoai-clinical'), status: 'FAIL' },
            { resource: 'log:azure_activity', status: 'NO_EVIDENCE', since: NOW - 30 * DAY_MS },
            { status: 'PASS' },
          ],
        },
      ],
    });
  });

  test('ids with brackets and colons work written plainly and escaped', async () => {
    for (const id of ['gdpr:32(1)(b)', 'gdpr%3A32%281%29%28b%29'])
      expect(await json(`/api/v1/controls/${id}`)).toMatchObject({ ref: '32(1)(b)', status: 'AT_RISK' });
    expect((await served.get('/api/v1/controls/soc2:CC99')).status).toBe(404);
  });

  test('a posture without frameworks, and controls that judge nothing, are answered as they are', async () => {
    const empty = await serve({
      posture: memoryPosture({ frameworks: [], controls: [], assertions: [], states: [] }),
      evidence: memoryEvidence({ ...memoryEstate.lake, findings: [], events: [] }),
    });
    const check = shapeChecker(document);
    for (const panel of panelIds) {
      const response = await empty.get(panelPath(panel));
      expect([panel, response.status]).toEqual([panel, 200]);
      expect(check(panelPath(panel), 200, await response.json())).toEqual([]);
    }
    expect(await (await empty.get('/api/v1/controls')).json()).toMatchObject({ frameworks: [], items: [] });
    const unknown = await empty.get('/api/v1/controls?framework=soc2');
    expect(((await unknown.json()) as ErrorBody).error.fix).toBe('No framework is mapped yet.');
    await empty.stop();

    const manual = await serve({
      posture: memoryPosture({
        ...memoryEstate.planned,
        controls: memoryEstate.planned.controls.filter(({ control }) => control.ref === 'CC1.1'),
        states: [],
      }),
    });
    const coverage = await manual.get(`${panelPath('framework-coverage')}?framework=soc2`);
    expect(await coverage.json()).toMatchObject([
      { controls: 1, automated: 0, evidence_share: null, strict_share: null, adjusted_share: null },
    ]);
    await manual.stop();
  });
});

describe('hostile and mistaken queries', () => {
  test.each([
    ['/api/v1/findings?limit=0', 'query.limit'],
    ['/api/v1/findings?limit=1001', 'query.limit'],
    ['/api/v1/findings?limit=-1', 'query.limit'],
    ['/api/v1/findings?limit=1e2', 'query.limit'],
    ['/api/v1/findings?limit=0x10', 'query.limit'],
    ['/api/v1/findings?limit=', 'query.limit'],
    ['/api/v1/findings?limit=1&limit=2', 'query.limit'],
    ['/api/v1/findings?offset=9999999999', 'query.offset'],
    ['/api/v1/findings?level=High', 'query.level'],
    ['/api/v1/findings?level=high%00', 'query.level'],
    ["/api/v1/findings?assertion=x'%20or%201=1--", 'query.assertion'],
    ['/api/v1/findings?assertion=../../etc/passwd', 'query.assertion'],
    [`/api/v1/findings?assertion=${'a'.repeat(101)}`, 'query.assertion'],
    ['/api/v1/findings?from=yesterday', 'query.from'],
    ['/api/v1/findings?from=2026-03-02', 'query.from'],
    ['/api/v1/findings?from=2026-03-02T09:00:00', 'query.from'],
    ['/api/v1/findings?from=2026-13-02T09:00:00Z', 'query.from'],
    ['/api/v1/findings?from=2026-02-30T09:00:00Z', 'query.from'],
    ['/api/v1/findings?from=2026-03-02T09:00:00+0200', 'query.from'],
    ['/api/v1/findings?from=-1', 'query.from'],
    ['/api/v1/findings?from=NaN', 'query.from'],
    ['/api/v1/findings?from=9007199254740993', 'query.from'],
    ['/api/v1/findings?to=1.5', 'query.to'],
    [`/api/v1/findings?from=${NOW}&to=${NOW}`, 'query.from'],
    [`/api/v1/findings?from=${NOW + DAY_MS}&to=${NOW + 2 * DAY_MS}`, 'query.from'],
    ['/api/v1/findings?from=0', 'query.from'],
    ['/api/v1/findings?__proto__=1', 'query'],
    ['/api/v1/findings?constructor=1', 'query'],
    ['/api/v1/findings?framework=soc2', 'query'],
    ['/api/v1/findings?Limit=5', 'query'],
    ['/api/v1/findings/1', 'path.id'],
    ['/api/v1/findings/fnd-0000000000000000000g', 'path.id'],
    ['/api/v1/controls/CC6.1', 'path.id'],
    ['/api/v1/controls/soc2:..%2F..%2Fetc', 'path.id'],
    ['/api/v1/controls?framework=nothing', 'query.framework'],
    ['/api/v1/controls?framework=%3Cscript%3E', 'query.framework'],
    ['/api/v1/evidence?x=1', 'query'],
    ['/api/v1/grafana/posture-now?framework=nothing', 'query.framework'],
    ['/api/v1/grafana/sources?from=1', 'query'],
  ])('%s is refused at %s', async (path, where) => {
    const response = await served.get(path);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as ErrorBody;
    expect(error.code).toBe('QUERY_INVALID');
    expect(error.where).toBe(where);
    expect(error.what).not.toBe('');
    expect(error.fix).not.toBe('');
    expect(JSON.stringify(error)).not.toMatch(/passwd|script|node_modules/);
  });

  test('a very long address is refused and the service goes on', async () => {
    const response = await served.get(`/api/v1/findings?${'a'.repeat(20_000)}=1`);
    expect([400, 414, 431]).toContain(response.status);
    expect((await served.get('/healthz')).status).toBe(200);
  });

  test.each([
    ['2026-03-02T09:00:00Z', T0],
    ['2026-03-02T10:00:00.000%2B01:00', T0],
    [String(T0), T0],
  ])('a moment may be written as %s', async (text, from) => {
    expect(await json(`/api/v1/findings?from=${text}`)).toMatchObject({ window: { from, to: NOW } });
  });

  test('an end in the future is read as now', async () => {
    const query = `from=${NOW - DAY_MS}&to=${NOW + 365 * DAY_MS}`;
    expect(await json(`/api/v1/controls?${query}`)).toMatchObject({ asKnownAt: NOW });
  });
});

describe('many at once', () => {
  test('a board that asks for one window computes its posture once', async () => {
    let computed = 0;
    const counting = await serve({
      posture: {
        ...memoryEstate.posture,
        posture: async (range) => {
          computed++;
          return await memoryEstate.posture.posture(range);
        },
      },
    });
    const query = `?from=${NOW - 7 * DAY_MS}&to=${NOW}`;
    const paths = panelIds
      .filter((panel) => panels[panel].takes.some((one) => one === 'framework'))
      .map((panel) => `${panelPath(panel)}${query}`);
    const answers = await Promise.all(
      [...paths, ...paths, ...paths].map(async (path) => await counting.get(path)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(computed).toBe(1);
    await counting.stop();
  });

  test('a posture that could not be computed is not remembered', async () => {
    let isBroken = true;
    const flaky = await serve({
      posture: {
        ...memoryEstate.posture,
        posture: async (range) => {
          if (isBroken) throw new Error('not now');
          return await memoryEstate.posture.posture(range);
        },
      },
    });
    expect((await flaky.get('/api/v1/controls')).status).toBe(500);
    isBroken = false;
    expect((await flaky.get('/api/v1/controls')).status).toBe(200);
    await flaky.stop();
  });

  test('a hundred different questions at once are all answered rightly', async () => {
    const asked = Array.from({ length: 100 }, (_, index) => (index % 39) + 1);
    const counts = await Promise.all(
      asked.map(
        async (limit) => (await json(`/api/v1/findings?limit=${limit}`))['items'] as unknown as unknown[],
      ),
    );
    expect(counts.map(({ length }) => length)).toEqual(asked);
  });
});
