import { describe, expect, test } from 'vitest';
import type { IncidentDesk } from '../src/alert/desk.ts';
import type { DeliveryRecord } from '../src/alert/dispatch.ts';
import type { Collector } from '../src/collect/collector.ts';
import type { Capture } from '../src/domain/capture.ts';
import { createCorrelating } from '../src/detect/correlate/correlating.ts';
import { noCorrelations } from '../src/detect/correlate/tie.ts';
import { PipelineError } from '../src/lib/errors.ts';
import { silentLogger } from '../src/lib/log.ts';
import { createMetrics } from '../src/lib/metrics.ts';
import { createPipeline } from '../src/pipeline.ts';
import type { Pipeline } from '../src/pipeline.ts';
import type { Lake } from '../src/store/lake.ts';
import { T0 } from './support/samples.ts';

const MINUTE = 60_000;

const aCapture = (sequence: number): Capture => ({
  source: 'test',
  stream: 'test/0',
  sequence,
  enqueuedAt: T0,
  receivedAt: T0,
  body: Buffer.from('{}'),
});

const fullDisk = (): PipelineError => new PipelineError('STORE_FAILED', 'lake', 'no space left');

/** A lake in memory whose seals fail when the test says so. */
function memoryLake() {
  let pending = 0;
  const sealed: number[] = [];
  const notes: string[] = [];
  const state = { isFull: false };
  const lake = {
    size: 0,
    get pending() {
      return { captures: pending, rows: pending, bytes: pending, oldestAt: pending > 0 ? T0 : undefined };
    },
    append: () => pending++,
    addEvents: () => undefined,
    addFindings: () => undefined,
    addObservations: () => undefined,
    addDeadLetters: () => undefined,
    addNote: (kind: string) => {
      notes.push(kind);
      pending++;
      return true;
    },
    seal: () => {
      if (state.isFull) return Promise.reject(fullDisk());
      const [taken] = [pending, (pending = 0)];
      if (taken > 0) sealed.push(taken);
      return Promise.resolve(taken > 0 ? {} : undefined);
    },
    cursors: () => new Map(),
  } as unknown as Lake;
  return { lake, sealed, notes, state };
}

interface World {
  readonly pipeline: Pipeline;
  readonly store: ReturnType<typeof memoryLake>;
  readonly clock: { now: number };
}

function world(round: IncidentDesk['round'] = () => Promise.resolve([])): World {
  const store = memoryLake();
  const clock = { now: T0 };
  const pipeline = createPipeline({
    redact: (body) => ({ body, redactions: [] }),
    normalise: () => ({ items: [], failures: [] }),
    detector: { detections: [], packVersion: '', detect: () => [] },
    correlating: createCorrelating({
      correlations: noCorrelations,
      latenessMs: 0,
      idleAfterMs: 0,
      lost: () => undefined,
    }),
    isComplete: () => false,
    findingOf: () => {
      throw new Error('nothing matches here');
    },
    observer: { fromMatch: () => undefined, fromEvent: () => [] },
    clearance: { observe: () => undefined, isClear: () => false },
    lake: store.lake,
    incidents: { observe: () => undefined, incidents: () => [], round },
    sealWhen: { records: 2, bytes: 1e9, afterMs: MINUTE },
    metrics: createMetrics(),
    clock: () => clock.now,
    log: silentLogger,
    patienceMs: 5,
  });
  return { pipeline, store, clock };
}

const source = (...batches: readonly (readonly Capture[])[]): Collector => ({
  async *batches() {
    for (const batch of batches) yield await Promise.resolve(batch);
  },
});

const delivery = (over: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  notifier: 'n1',
  type: 'script',
  incident: 'inc-1',
  state: 'open',
  level: 'high',
  startedAt: T0,
  finishedAt: T0,
  attempts: 1,
  outcome: 'delivered',
  reason: '',
  isFinal: false,
  ...over,
});

describe('a disk that is full for a while', () => {
  test('stops the source that meets it, and the next seal takes everything that was pending', async () => {
    const { pipeline, store } = world();
    store.state.isFull = true;
    await expect(pipeline.run(source([aCapture(1), aCapture(2)]))).rejects.toThrow('no space left');
    store.state.isFull = false;
    await pipeline.run(source([aCapture(3)]));
    expect(store.sealed).toEqual([3]);
  });

  test('does not keep the tick from trying again, when it is due', async () => {
    const { pipeline, store, clock } = world();
    store.state.isFull = true;
    await expect(pipeline.run(source([aCapture(1)]))).rejects.toThrow('no space left');
    clock.now += MINUTE;
    await expect(pipeline.tick()).rejects.toThrow('no space left');
    store.state.isFull = false;
    await pipeline.tick();
    expect(store.sealed).toEqual([1]);
  });

  test('moves no cursor upstream', async () => {
    const { pipeline, store } = world();
    const acknowledged: number[] = [];
    const collector = { ...source([aCapture(1)]), acknowledge: async () => void acknowledged.push(1) };
    store.state.isFull = true;
    await expect(pipeline.run(collector)).rejects.toThrow('no space left');
    expect(acknowledged).toEqual([]);
    store.state.isFull = false;
    await pipeline.run(collector);
    expect(acknowledged).toHaveLength(1);
  });
});

describe('people are told', () => {
  test('after the seal, and that they were told is sealed before the source is done', async () => {
    let left = 1;
    const { pipeline, store } = world(() => Promise.resolve(left-- > 0 ? [delivery()] : []));
    await pipeline.run(source([aCapture(1)]));
    expect(store.notes).toEqual(['delivery']);
    expect(store.sealed).toEqual([1, 1]);
  });

  test('beside the flow: a receiver that never answers does not hold up evidence', async () => {
    const answers: (() => void)[] = [];
    const { pipeline, store } = world(
      () => new Promise((resolve) => void answers.push(() => resolve([delivery()]))),
    );
    const running = pipeline.run(
      source([aCapture(1), aCapture(2)], [aCapture(3), aCapture(4)], [aCapture(5), aCapture(6)]),
    );
    await expect.poll(() => store.sealed.length, { timeout: 15_000 }).toBe(3);
    expect(answers).toHaveLength(1);
    answers.pop()?.();
    await expect.poll(() => answers.length).toBe(1);
    answers.pop()?.();
    await running;
    expect(store.notes).toEqual(['delivery', 'delivery']);
  });

  test('of what time alone has ended, when nothing new arrives', async () => {
    let rounds = 0;
    const { pipeline, clock } = world(() => Promise.resolve(rounds++ > 99 ? [delivery()] : []));
    await pipeline.tick();
    expect(rounds).toBe(0);
    clock.now += MINUTE;
    await pipeline.tick();
    await pipeline.tick();
    expect(rounds).toBe(1);
  });

  test('what arrives after all counts as undelivered no more', async () => {
    const outcomes: DeliveryRecord[][] = [
      [delivery({ outcome: 'failed' }), delivery({ outcome: 'failed', incident: 'inc-2' })],
      [delivery()],
    ];
    const { pipeline } = world(() => Promise.resolve(outcomes.shift() ?? []));
    await pipeline.run(source([aCapture(1)]));
    expect(pipeline.totals.undelivered).toBe(2);
    await pipeline.run(source([aCapture(2)]));
    expect(pipeline.totals.undelivered).toBe(1);
  });

  test('a round that breaks ends neither the flow nor later rounds', async () => {
    let rounds = 0;
    const { pipeline, store } = world(() => {
      rounds++;
      return rounds === 1
        ? Promise.reject(new Error('broken'))
        : Promise.resolve([delivery()].slice(rounds - 2));
    });
    await pipeline.run(source([aCapture(1)]));
    await pipeline.run(source([aCapture(2)]));
    expect(store.notes).toEqual(['delivery']);
  });
});
