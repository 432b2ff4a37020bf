import { expect, onTestFinished, test } from 'vitest';
import type { ServeDeps } from '../../src/serve/deps.ts';
import { NOW, memoryEstate } from '../support/memory-estate.ts';
import { T0 } from '../support/samples.ts';
import { serve, TOKEN } from '../support/serving.ts';

const FINDING = 'fnd-00000000000000000003';
const past = `from=${T0}&to=${T0 + 3_600_000}`;

/** A service that counts how often it is asked for findings, over a lake whose version and time are told. */
async function counting(over: Partial<ServeDeps> = {}) {
  const state = { version: '1', now: NOW, asked: 0 };
  const served = await serve({
    evidence: {
      ...memoryEstate.evidence,
      findings: (query) => {
        state.asked++;
        return memoryEstate.evidence.findings(query);
      },
    },
    version: () => state.version,
    clock: () => state.now,
    ...over,
  });
  onTestFinished(async () => await served.stop());
  const get = (path: string, tag?: string) =>
    served.get(path, {
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(tag === undefined ? {} : { 'if-none-match': tag }),
      },
    });
  return { state, get };
}

const tagOf = (response: Response): string => response.headers.get('etag') ?? '';

test('the same question of the same lake is answered once, and not at all to who has the answer', async () => {
  const { state, get } = await counting();
  const path = `/api/v1/findings?${past}&limit=5`;
  const [first, second] = [await get(path), await get(path)];
  expect(tagOf(second)).toBe(tagOf(first));
  expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
  expect(await second.text()).toBe(await first.text());
  expect(state.asked).toBe(1);
  const unchanged = await get(path, tagOf(first));
  expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);

  state.version = '2';
  const changed = await get(path, tagOf(first));
  expect([changed.status, state.asked]).toEqual([200, 2]);
  expect(tagOf(changed)).not.toBe(tagOf(first));
});

test('a window that ends now is another one a second later, one of the past is not', async () => {
  const { state, get } = await counting();
  const tags = async () => [
    tagOf(await get('/api/v1/findings')),
    tagOf(await get(`/api/v1/findings?from=${T0}&to=${NOW + 86_400_000}`)),
    tagOf(await get('/api/v1/grafana/sources')),
    tagOf(await get(`/api/v1/findings?${past}`)),
    tagOf(await get('/api/v1/evidence')),
  ];
  const before = await tags();
  state.now += 1000;
  const after = await tags();
  expect(after.map((tag, i) => tag === before[i])).toEqual([false, false, false, true, true]);
});

test('headers of a panel are kept with it, and errors have no tag', async () => {
  const { get } = await counting();
  const path = `/api/v1/grafana/findings-open?${past}`;
  const [first, second] = [await get(path), await get(path)];
  for (const name of ['x-plumbline-row-cap', 'x-plumbline-rows-left-out', 'cache-control'])
    expect(second.headers.get(name)).toBe(first.headers.get(name));
  const refused = await get('/api/v1/findings?from=nonsense');
  expect([refused.status, tagOf(refused)]).toEqual([400, '']);
  const absent = await get('/api/v1/findings/fnd-ffffffffffffffffffff');
  expect([absent.status, tagOf(absent)]).toEqual([404, '']);
});

test('without a token nobody learns whether an answer changed', async () => {
  const { get } = await counting();
  const tag = tagOf(await get('/api/v1/evidence'));
  const served = await serve({ version: () => '1' });
  onTestFinished(async () => await served.stop());
  const stranger = await served.get('/api/v1/evidence', { headers: { 'if-none-match': tag } });
  expect([stranger.status, tagOf(stranger)]).toEqual([401, '']);
});

test('what is not sealed yet is marked', async () => {
  const counts = { captures: 3, events: 9, findings: 1, observations: 0, deadLetters: 0 };
  const { get } = await counting({
    unsealed: { counts: () => counts, hasFinding: (id) => id === FINDING, hasObservation: () => true },
  });
  const list = (await (await get('/api/v1/findings?limit=1000')).json()) as {
    items: { id: string; sealed: boolean }[];
  };
  expect(list.items.filter(({ sealed }) => !sealed).map(({ id }) => id)).toEqual([FINDING]);
  expect(await (await get(`/api/v1/findings/${FINDING}`)).json()).toMatchObject({ sealed: false });
  const control = (await (await get('/api/v1/controls/soc2:CC6.1')).json()) as {
    assertions: { resources: { observation?: { sealed: boolean } }[] }[];
  };
  const marks = control.assertions.flatMap(({ resources }) =>
    resources.flatMap(({ observation }) => observation?.sealed ?? []),
  );
  expect(marks.length).toBeGreaterThan(0);
  expect(new Set(marks)).toEqual(new Set([false]));
});
