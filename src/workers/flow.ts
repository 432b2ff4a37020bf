import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../cli/engine.ts';
import type { Lag } from '../collect/collector.ts';
import type { CollectorSettings } from '../collect/registry.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { ComponentHealth } from '../serve/deps.ts';
import { createDrain } from './drain.ts';
import type { DrainEnd } from './drain.ts';
import { runSource } from './source.ts';
import type { SaySource } from './source.ts';

export interface FlowParts {
  /** Opens the lake, with collectors that end when the signal aborts. */
  readonly open: (signal: AbortSignal) => Promise<Engine>;
  readonly sources: Readonly<Record<string, CollectorSettings>>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** How long the end may take once the signal aborted, ms. */
  readonly drainWithinMs: number;
  /** Called with each lake that is opened. */
  readonly opened?: (engine: Engine) => void;
}

/** One thread's work, from bytes to sealed segments. */
export interface Flow {
  /** Store and sources, by name. */
  health(): readonly ComponentHealth[];
  /** How far each source is behind. */
  lag(): ReadonlyMap<string, readonly Lag[]>;
  /**
   * Runs until the signal aborts and what was read is sealed. What another writer took over, and a store that failed for
   * a while, need no restart of the process.
   *
   * @throws PipelineError of a permanent kind, when the lake cannot be written from here any more.
   */
  run(): Promise<DrainEnd>;
}

/** How often a silent source is looked at for a seal that is due. */
const TICK_MS = SECOND_MS;
const FIRST_REOPEN_MS = SECOND_MS;
const MOST_REOPEN_MS = 30 * SECOND_MS;
/** A lake that stayed open for this long was no quarrel. */
const CALM_MS = 60 * SECOND_MS;

export function createFlow(parts: FlowParts): Flow {
  const { log, signal, metrics } = parts;
  const states = new Map<string, ComponentHealth>();
  const lags = new Map<string, () => readonly Lag[]>();
  const say: SaySource = (name, state, detail) => void states.set(name, { name, state, detail });
  say('store', 'ok', 'takes evidence');
  for (const name of Object.keys(parts.sources)) say(name, 'ok', 'starting');

  let wasOpen = false;

  /** One lake, from its opening until the end of the process or until it has to be opened anew. */
  async function once(): Promise<DrainEnd | 'reopen'> {
    const stop = new AbortController();
    const ours = AbortSignal.any([signal, stop.signal]);
    const drain = createDrain(signal, parts.drainWithinMs);
    let engine: Engine;
    try {
      engine = await parts.open(ours);
    } catch (thrown) {
      // At the first start somebody is there to read why.
      const mayPass = thrown instanceof PipelineError && thrown.isTransient;
      if (!wasOpen || !mayPass) throw thrown;
      say('store', 'down', 'cannot be opened; see the log');
      log.error({ problem: describeError(thrown) }, 'store: cannot be opened; trying again');
      return signal.aborted ? notOpen : 'reopen';
    }
    wasOpen = true;
    parts.opened?.(engine);
    let fatal: unknown;
    let isTaken = false;
    const met = (thrown: unknown): void => {
      if (!(thrown instanceof PipelineError)) return;
      if (thrown.code === 'STREAM_TAKEN') isTaken = true;
      else if (['LAKE_CONFLICT', 'LAKE_CORRUPT'].includes(thrown.code)) fatal = thrown;
      else return;
      stop.abort();
    };
    const ticking = tickUntil(ours, engine, (problem, thrown) => {
      say('store', problem === undefined ? 'ok' : 'down', problem ?? 'takes evidence');
      if (thrown === undefined) return;
      log.error({ problem: describeError(thrown) }, 'store: nothing could be sealed; trying again');
      met(thrown);
    });
    const sources = Object.entries(parts.sources).map(([name, settings]) =>
      runSource({ name, settings, engine, log, metrics, signal: ours, say, met, lags }),
    );
    const end = await drain(engine, Promise.all([...sources, until(ours), ticking]));
    await drain.within(Promise.resolve(engine[Symbol.asyncDispose]()));
    if (fatal !== undefined) throw fatal;
    return isTaken && !signal.aborted ? 'reopen' : end;
  }

  return {
    health: () => [...states.values()],
    lag: () => new Map(Array.from(lags, ([name, lag]) => [name, lag()])),
    async run() {
      for (let wait = FIRST_REOPEN_MS; ;) {
        const openedAt = performance.now();
        const end = await once();
        if (end !== 'reopen') return end;
        metrics.reopened.inc();
        log.warn(
          { inMs: wait },
          'store: another writer carried a stream on; what was not sealed here is let go and taken up again',
        );
        await sleep(wait, undefined, { signal }).catch(() => undefined);
        const wasCalm = performance.now() - openedAt > CALM_MS;
        wait = wasCalm ? FIRST_REOPEN_MS : Math.min(MOST_REOPEN_MS, wait * 2);
      }
    },
  };
}

const notOpen: DrainEnd = { isClean: false, unsealed: 0, problem: 'the lake could not be opened again' };

const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Calls `said` after each tick: with what to show of what went wrong, or with nothing. */
async function tickUntil(
  signal: AbortSignal,
  engine: Engine,
  said: (problem?: string, thrown?: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await engine.pipeline.tick().then(
      () => said(),
      (thrown: unknown) => said('cannot seal; see the log', thrown),
    );
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}
