import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Engine } from '../../src/cli/engine.ts';
import type { Collector } from '../../src/collect/collector.ts';
import type { CollectorSettings } from '../../src/collect/registry.ts';
import { PipelineError } from '../../src/lib/errors.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { createFlow } from '../../src/workers/flow.ts';
import { storePatience } from '../../src/workers/source.ts';

const taken = (): PipelineError => new PipelineError('STREAM_TAKEN', 'lake', 'another writer has it');
const full = (): PipelineError => new PipelineError('STORE_FAILED', 'lake', 'no space left');

interface Life {
  readonly run?: (signal: AbortSignal) => Promise<void>;
  readonly tick?: () => Promise<void>;
  readonly flush?: () => Promise<void>;
  readonly open?: () => never;
  readonly unsealed?: number;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  sleep(60_000, undefined, { signal }).catch(() => undefined);

/** A flow over engines that live as the test says, one after another; the last life repeats. */
function flowOf(lives: readonly Life[], drainWithinMs = 10_000) {
  const stop = new AbortController();
  const metrics = createMetrics();
  const opened: AbortSignal[] = [];
  let closed = 0;
  let [tries, from] = [0, 0];
  const flow = createFlow({
    open: async (signal) => {
      const life = lives[Math.min(tries++, lives.length - 1)] ?? {};
      life.open?.();
      opened.push(signal);
      from++;
      return {
        pipeline: {
          run: async () => await (life.run ?? untilAborted)(signal),
          tick: async () => await life.tick?.(),
          flush: async () => await life.flush?.(),
          totals: { undelivered: 0 },
        },
        lake: { pending: { captures: life.unsealed ?? 0 } },
        collectorFor: (): Collector => ({ async *batches() {} }),
        [Symbol.asyncDispose]: async () => void closed++,
      } as unknown as Engine;
    },
    sources: { hub: { type: 'files', paths: ['x'] } as CollectorSettings },
    metrics,
    log: silentLogger,
    signal: stop.signal,
    drainWithinMs,
  });
  return { flow, stop, metrics, opened: () => from, closed: () => closed };
}

test('a stream that another writer carried on: the lake is opened anew, and no restart is needed', async () => {
  const { flow, stop, opened, closed, metrics } = flowOf([{ run: () => Promise.reject(taken()) }, {}]);
  const running = flow.run();
  await expect.poll(opened, { timeout: 10_000 }).toBe(2);
  expect(closed()).toBe(1);
  stop.abort();
  expect(await running).toEqual({ isClean: true, unsealed: 0, problem: undefined });
  expect(closed()).toBe(2);
  expect(await metrics.registry.metrics()).toContain('plumbline_lake_reopened_total 1');
});

test('the same when a tick meets it, while sources are silent; and opening that fails is tried again', async () => {
  const broken: Life = {
    open: () => {
      throw full();
    },
  };
  const { flow, stop, opened } = flowOf([{ tick: () => Promise.reject(taken()) }, broken, {}]);
  const running = flow.run();
  await expect.poll(opened, { timeout: 15_000 }).toBe(2);
  stop.abort();
  await running;
}, 30_000);

test('a lake that cannot be opened at the start, or not from here any more, ends the run with why', async () => {
  const conflict = new PipelineError('LAKE_CONFLICT', 'lake', 'another process has taken over');
  const open = (): never => {
    throw full();
  };
  await expect(flowOf([{ open }]).flow.run()).rejects.toThrow('no space left');
  await expect(flowOf([{ tick: () => Promise.reject(conflict) }]).flow.run()).rejects.toThrow('taken over');
});

test('stopped while the store fails: what is not sealed is said, and it is no clean end', async () => {
  const { flow, stop, opened } = flowOf([{ flush: () => Promise.reject(full()), unsealed: 12 }]);
  const running = flow.run();
  await expect.poll(opened).toBe(1);
  stop.abort();
  expect(await running).toEqual({ isClean: false, unsealed: 12, problem: 'lake: no space left' });
});

test('an end that hangs is waited for only as long as it may take', async () => {
  const { flow, stop, opened } = flowOf([{ flush: () => new Promise(() => undefined) }], 20);
  const running = flow.run();
  await expect.poll(opened).toBe(1);
  stop.abort();
  expect(await running).toMatchObject({ isClean: false, problem: 'not done within 0.02 s (drainWithin)' });
});

test('a source that breaks starts again, a setting that is wrong stops it, and health says which', async () => {
  let runs = 0;
  const unreachable = new PipelineError('SOURCE_UNAVAILABLE', 'hub', 'refused');
  const again = flowOf([
    { run: async (signal) => await (++runs === 1 ? Promise.reject(unreachable) : untilAborted(signal)) },
  ]);
  const running = again.flow.run();
  await expect.poll(() => runs, { timeout: 10_000 }).toBe(2);
  expect(again.flow.health()).toContainEqual({ name: 'hub', state: 'ok', detail: 'collecting' });
  again.stop.abort();
  await running;

  const wrong = flowOf([{ run: () => Promise.reject(new PipelineError('CONFIG_INVALID', 'hub', 'no')) }]);
  const stopped = wrong.flow.run();
  await expect.poll(() => wrong.flow.health().find(({ name }) => name === 'hub')?.state).toBe('down');
  wrong.stop.abort();
  expect(await stopped).toMatchObject({ isClean: false });
});

test('patience is for a store that failed, until somebody asks to end', async () => {
  const stop = new AbortController();
  const wait = storePatience(stop.signal);
  expect(await wait(full(), 0)).toBe(true);
  expect(await wait(taken(), 0)).toBe(false);
  expect(await wait(new Error('a bug'), 0)).toBe(false);
  const waiting = wait(full(), 10);
  stop.abort();
  expect(await waiting).toBe(false);
});
