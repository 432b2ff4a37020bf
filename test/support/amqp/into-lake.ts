import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadContent } from '../../../src/cli/content.ts';
import { openEngine } from '../../../src/cli/engine.ts';
import type { Engine } from '../../../src/cli/engine.ts';
import { foldersIn } from '../../../src/cli/folders.ts';
import { verifyFolder } from '../../../src/cli/verify.ts';
import { createEventHubs } from '../../../src/collect/event-hubs.ts';
import type { ClaimStore } from '../../../src/collect/event-hubs/claims.ts';
import { Config } from '../../../src/config.ts';
import { PipelineError } from '../../../src/lib/errors.ts';
import { silentLogger } from '../../../src/lib/log.ts';
import { parseCaptureEntry } from '../../../src/proof/entries.ts';
import { leafHash } from '../../../src/proof/merkle.ts';
import { decodeBundle, entriesPath, widthIn } from '../../../src/proof/tiles.ts';
import { createTree, TILE_WIDTH } from '../../../src/proof/tree.ts';
import type { Broker } from './broker.ts';
import { quickParts, settingsFor } from './collecting.ts';

const productFolder = resolve(import.meta.dirname, '../../..');
const content = loadContent({}, productFolder);

/** A lake that several members of a consumer group write to, each under a name of its own. */
export interface SharedLake extends Disposable {
  readonly folder: string;
  /** What the whole of it holds, once nobody writes. */
  evidence(): Promise<Evidence>;
}

export interface Evidence {
  /** Each captured message as `stream@sequence digest`, as often as it is there, in order. */
  readonly captures: readonly string[];
  /** RFC 6962 root over what each stream holds, in the order of its sequences, hex. */
  readonly roots: ReadonlyMap<string, string>;
  readonly isVerified: boolean;
  /** What the verifier found, in its words. */
  readonly faults: readonly unknown[];
}

export function createSharedLake(): SharedLake {
  const data = mkdtempSync(join(tmpdir(), 'plumbline-amqp-'));
  const { lake } = foldersIn(data);
  return {
    folder: data,
    async evidence() {
      const { ok, faults } = await verifyFolder(lake);
      const streams = Map.groupBy(
        writersOf(lake).flatMap((writer) => capturesIn(lake, writer)),
        ({ stream }) => stream,
      );
      const captures: string[] = [];
      const roots = new Map<string, string>();
      for (const stream of [...streams.keys()].toSorted()) {
        const tree = createTree();
        for (const found of (streams.get(stream) ?? []).toSorted((a, b) => a.sequence - b.sequence)) {
          const line = `${stream}@${found.sequence} ${found.originalSha256}`;
          captures.push(line);
          tree.append(leafHash(Buffer.from(line)));
        }
        roots.set(stream, tree.root().toString('hex'));
      }
      return { captures, roots, isVerified: ok, faults };
    },
    [Symbol.dispose]: () => rmSync(data, { recursive: true, force: true }),
  };
}

const writersOf = (lake: string): string[] => {
  const log = join(lake, 'log');
  return existsSync(log) ? readdirSync(log).filter((name) => existsSync(join(log, name, 'checkpoint'))) : [];
};

function capturesIn(lake: string, writer: string) {
  const folder = join(lake, 'log', writer);
  const size = Number(readFileSync(join(folder, 'checkpoint'), 'utf8').split('\n')[1]);
  return Array.from({ length: Math.ceil(size / TILE_WIDTH) }, (_, index) =>
    readFileSync(join(folder, entriesPath(index, widthIn(size, 0, index)))),
  )
    .flatMap((bundle) => (decodeBundle(bundle) ?? []).map(String))
    .flatMap((text) => parseCaptureEntry(text) ?? []);
}

/** One process of the consumer group, as `plumbline run` wires it: collector, pipeline, its own writer of the lake. */
export interface Member {
  /** Last durable sequence of each stream, as this member knows. */
  durable(): ReadonlyMap<string, number>;
  /** Dies with all it had not sealed, and starts anew. */
  crash(): Promise<void>;
  /** Ends as SIGTERM ends it: what was read is sealed. */
  stop(): Promise<void>;
  /** Times it started its source again. */
  readonly restarts: number;
}

export interface MemberOptions {
  readonly broker: Broker;
  readonly lake: SharedLake;
  readonly name: string;
  readonly claims: ClaimStore;
  readonly over?: Readonly<Record<string, unknown>>;
  /** A seal at the latest after this many records. */
  readonly sealRecords: number;
}

const TICK_MS = 20;

export async function startMember(options: MemberOptions): Promise<Member> {
  const { broker, lake, name, claims, over, sealRecords } = options;
  const config = Config.parse({
    data: lake.folder,
    lake: { writer: name, sealRecords, sealAfter: '150ms' },
  });
  const lifeOf = async (): Promise<Life> => {
    const abort = new AbortController();
    const { signal } = abort;
    const io = {
      out: () => undefined,
      err: () => undefined,
      isTerminal: false,
      hasColour: false,
      columns: 80,
      env: {},
      workingFolder: lake.folder,
      productFolder,
      productVersion: '0.0.0-test',
      nodeVersion: process.versions.node,
      signal,
      clock: Date.now,
      fetch: () => Promise.reject(new Error('no network here')),
    };
    const engine = await openEngine({ io, config, content, log: silentLogger, clock: Date.now });
    return { engine, abort, over: Promise.all([collect(engine, signal), tick(engine, signal)]) };
  };
  const state = { restarts: 0, isDying: false };

  async function collect(engine: Engine, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const collector = createEventHubs(
        settingsFor(broker, over),
        {
          source: 'test',
          signal,
          clock: Date.now,
          log: silentLogger,
          durableSequence: (stream) => engine.lake.durableSequence(stream),
        },
        { ...quickParts, claims, member: () => name, roundMs: 60, expireMs: 400, settleMs: 1500 },
      );
      try {
        await engine.pipeline.run(collector);
      } catch (thrown) {
        if (state.isDying) return;
        if (!(thrown instanceof PipelineError) || !thrown.isTransient) throw thrown;
        state.restarts++;
        await sleep(TICK_MS);
      }
    }
  }

  async function tick(engine: Engine, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await engine.pipeline.tick().catch(() => undefined);
      await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  let life = await lifeOf();
  return {
    durable: () => life.engine.lake.cursors(),
    get restarts() {
      return state.restarts;
    },
    async crash() {
      state.isDying = true;
      await life.engine.lake.close();
      life.abort.abort();
      await life.over.catch(() => undefined);
      state.isDying = false;
      life = await lifeOf();
    },
    async stop() {
      life.abort.abort();
      await life.over;
      await life.engine[Symbol.asyncDispose]();
    },
  };
}

interface Life {
  readonly engine: Engine;
  readonly abort: AbortController;
  readonly over: Promise<unknown>;
}
