import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Config } from '../../src/config.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import type { Passed } from '../../src/pipeline.ts';
import { createPool, worstOfEach } from '../../src/workers/pool.ts';
import type { WorkerTask } from '../../src/workers/protocol.ts';
import { shareOut, workersIn } from '../../src/workers/share-out.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-pool-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A worker that is a few lines of the test's own. */
function entry(name: string, lines: string): URL {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `import { parentPort, workerData } from 'node:worker_threads';\n${lines}\n`);
  return pathToFileURL(file);
}

const task = (number: number): WorkerTask => ({
  number,
  count: 2,
  config: Config.parse({}),
  logLevel: 'silent',
  productFolder: folder,
  productVersion: '0',
  workingFolder: folder,
  env: {},
});

const counted = `[{ name: 'x_total', help: 'x', type: 'counter', aggregator: 'sum', values: [{ value: 1, labels: {} }] }]`;
const report = `{ health: [{ name: 'hub', state: workerData.number === 1 ? 'ok' : 'down', detail: 'd' }], metrics: ${counted}, totals: { captures: 3 } }`;
const sound = `
parentPort.postMessage({ kind: 'open' });
parentPort.postMessage({ kind: 'report', report: ${report} });
parentPort.postMessage({ kind: 'sealed', passed: { findings: [], observations: [], arrivals: [] } });
parentPort.on('message', () => {
  parentPort.postMessage({ kind: 'ended', end: { isClean: true, unsealed: 0 }, report: ${report} });
  parentPort.close();
});`;

function pool(module: URL, numbers = [1, 2]) {
  const stop = new AbortController();
  const metrics = createMetrics();
  const passed: Passed[] = [];
  const made = createPool({
    tasks: numbers.map(task),
    metrics,
    log: silentLogger,
    signal: stop.signal,
    drainWithinMs: 100,
    tapped: () => undefined,
    absorb: async (one) => void passed.push(one),
    entry: module,
  });
  return { ...made, stop, metrics, passed };
}

test('workers report, pass on what they sealed, and end when asked', async () => {
  const { run, stop, health, passed, totals, snapshots } = pool(entry('sound', sound));
  const running = run();
  await expect.poll(() => passed.length, { timeout: 10_000 }).toBe(2);
  await expect.poll(() => totals()['captures']).toBe(6);
  expect(health()).toEqual([
    { name: 'worker-1', state: 'ok', detail: 'collecting' },
    { name: 'worker-2', state: 'ok', detail: 'collecting' },
    { name: 'hub', state: 'down', detail: 'd' },
  ]);
  expect(snapshots().flat()).toHaveLength(2);
  stop.abort();
  expect((await running).map(({ isClean }) => isClean)).toEqual([true, true]);
});

test('the sources of a worker that told nothing yet are not left out', () => {
  const { health } = createPool({
    tasks: [{ ...task(1), config: Config.parse({ sources: { inbox: { type: 'files', paths: ['logs'] } } }) }],
    metrics: createMetrics(),
    log: silentLogger,
    signal: AbortSignal.abort(),
    drainWithinMs: 100,
    tapped: () => undefined,
    absorb: async () => undefined,
  });
  expect(health()).toEqual([
    { name: 'worker-1', state: 'ok', detail: 'starting' },
    { name: 'inbox', state: 'ok', detail: 'starting' },
  ]);
});

test('a worker that crashes is counted and started again, and its counters go on', async () => {
  const crash = `parentPort.postMessage({ kind: 'report', report: ${report} }); setTimeout(() => { throw new Error('broken'); }, 50);`;
  const { run, stop, metrics, snapshots, health } = pool(entry('crash', crash), [1]);
  const running = run();
  const restarts = async (): Promise<number> => (await metrics.workerRestarts.get()).values[0]?.value ?? 0;
  await expect.poll(restarts, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  expect(health()).toContainEqual({
    name: 'worker-1',
    state: 'down',
    detail: 'ended unasked; starts again soon',
  });
  const sum = snapshots()
    .flat()
    .flatMap((metric) => ('values' in metric ? (metric.values as { value: number }[]) : []))
    .reduce((total, { value }) => total + value, 0);
  expect(sum).toBeGreaterThanOrEqual(2);
  stop.abort();
  expect(await running).toMatchObject([{ isClean: false }]);
}, 30_000);

test('a worker that does not end in time is ended; one that is refused the lake ends all with why', async () => {
  const deaf = pool(
    entry('deaf', `setInterval(() => {}, 1000); parentPort.postMessage({ kind: 'open' });`),
    [1],
  );
  const running = deaf.run();
  await expect.poll(() => deaf.health()[0]?.detail, { timeout: 10_000 }).toBe('collecting');
  deaf.stop.abort();
  expect(await running).toEqual([{ isClean: false, unsealed: 0, problem: 'worker 1 did not end in time' }]);
  const refused = `parentPort.postMessage({ kind: 'refused', code: 'LAKE_CONFLICT', problem: 'taken over' });`;
  await expect(pool(entry('refused', refused), [1]).run()).rejects.toThrow('worker 1: taken over');
}, 30_000);

test('sources that threads can share go to each of them, the others to one', () => {
  const config = Config.parse({
    workers: 3,
    sources: {
      a: { type: 'files', paths: ['a'] },
      b: { type: 'files', paths: ['b'] },
      hub: { type: 'kafka', brokers: ['broker.example.com:9092'], topics: ['t'] },
    },
  });
  expect(workersIn(config)).toBe(3);
  expect(shareOut(config, 3).map(({ lake, sources }) => [lake.writer, ...Object.keys(sources)])).toEqual([
    ['main-1', 'a', 'hub'],
    ['main-2', 'b', 'hub'],
    ['main-3', 'hub'],
  ]);
  expect(shareOut(Config.parse({ sources: { a: { type: 'files', paths: ['a'] } } }), 4)).toHaveLength(1);
  expect(workersIn(Config.parse({ workers: 'auto' }))).toBeGreaterThan(0);
});

test('of a part that several workers have, the one that does worst is shown', () => {
  const at = (state: 'ok' | 'degraded' | 'down') => ({ name: 'hub', state, detail: state });
  expect(worstOfEach([at('ok'), at('down'), at('degraded')])).toEqual([at('down')]);
});
