import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { assess, createEstate } from '../assess/posture.ts';
import type { Config } from '../config.ts';
import type { EvidenceReader, PostureReader, UnsealedReader } from '../domain/ports.ts';
import { eventClasses } from '../normalise/registry.ts';
import type { PayloadReading } from '../store/encryption/payload-reading.ts';
import type { Files } from '../store/files.ts';
import { folderFiles } from '../store/folder-files.ts';
import { createLookUp } from '../store/look-up/look-up.ts';
import { lakeAt } from '../store/place.ts';
import { openQueries } from '../store/queries.ts';
import type { Queries, QueryOptions } from '../store/queries.ts';
import { createEvidenceReader } from '../store/reader.ts';
import type { ReaderOptions } from '../store/reader.ts';
import { createRollup } from '../store/rollups/rollup.ts';
import { sealedState } from '../store/sealed-state.ts';
import { hearTails } from '../store/tail/channel.ts';
import type { Content } from './content.ts';
import { foldersIn } from './folders.ts';
import { payloadReadingOf } from './payload.ts';

/** What commands read of a sealed lake. */
export interface Readers extends Disposable {
  readonly evidence: EvidenceReader;
  readonly posture: PostureReader;
}

/**
 * Readers that are kept up with the lake, for a service: what boards ask is answered from memory, and what this process
 * has taken in and not sealed yet is part of the answers.
 */
export interface KeptReaders extends Readers {
  /** What of the answers is not sealed yet. */
  readonly unsealed: UnsealedReader;
  /** Without what is not sealed yet: what a report may rest on. */
  readonly sealed: EvidenceReader;
  /** Other words for other answers: while it stays the same, so do they. */
  version(): string;
  /** Takes in what was sealed since. */
  refresh(): Promise<void>;
}

type ReadingContent = Pick<Content, 'assertions' | 'frameworks' | 'decisions'>;

/** The configured lake's files, and SQL over them, wherever it lies. */
export async function openSealed(
  config: Pick<Config, 'data' | 'lake'>,
  limits: Pick<QueryOptions, 'isFenced' | 'timeoutMs' | 'memoryLimit'> = {},
): Promise<{ readonly files: Files; readonly queries: Queries; readonly payload: PayloadReading }> {
  const folder = foldersIn(config.data).lake;
  const { container, writer } = config.lake;
  // Payload that people ask for is opened for a reason that the log keeps, never in passing.
  const optionsWith = (payload: PayloadReading) =>
    limits.isFenced === true ? limits : { ...limits, payload };
  if (container === undefined) {
    const files = folderFiles(folder, writer);
    const payload = await payloadReadingOf(config, files, Date.now);
    return { files, payload, queries: await openQueries({ path: folder, ...optionsWith(payload) }) };
  }
  const { files = folderFiles(folder, writer) } = await lakeAt({
    folder,
    container,
    writer,
    jitter: Math.random,
  });
  const path = join(config.data, 'cache', 'segments');
  const payload = await payloadReadingOf(config, files, Date.now);
  const reader = `reader-${randomUUID()}`;
  return { files, payload, queries: await openQueries({ path, files, reader, ...optionsWith(payload) }) };
}

async function readerOptions(config: Config, verified: ReaderOptions['verified']): Promise<ReaderOptions> {
  const { files, queries, payload } = await openSealed(config);
  const titles = new Map(eventClasses.map(({ id, title }) => [id, title]));
  return {
    queries,
    stateOf: sealedState(files, config.lake.origin),
    lookUp: createLookUp(files, () => queries.snapshot(), payload),
    titleOf: (eventClass) => titles.get(eventClass) ?? eventClass,
    ...(verified === undefined ? {} : { verified }),
  };
}

/** Opens the configured lake for reading; posture is computed from its observations, each time anew. */
export async function openReaders(
  config: Config,
  { assertions, frameworks, decisions }: ReadingContent,
  verified?: ReaderOptions['verified'],
): Promise<Readers> {
  const options = await readerOptions(config, verified);
  const evidence = createEvidenceReader(options);
  return {
    evidence,
    posture: {
      assertions,
      posture: async (range) => {
        const observations = await evidence.observations({ from: 0, to: range.to });
        return assess({ assertions, frameworks, observations, decisions, range });
      },
    },
    [Symbol.dispose]: () => options.queries.close(),
  };
}

/** Opens the configured lake for a service. What is answered is as of the newest refresh; the first question makes one. */
export async function openKeptReaders(
  config: Config,
  { assertions, frameworks, decisions }: ReadingContent,
  verified?: ReaderOptions['verified'],
): Promise<KeptReaders> {
  const options = await readerOptions(config, verified);
  const empty = () => createEstate({ assertions, frameworks, decisions });
  let estate = empty();
  let changes = 0;
  const rollup = createRollup({
    ...options,
    scans: createEvidenceReader(options),
    askAll: () => tails.askAll(),
    observed: (observations, isAll) => {
      if (isAll) estate = empty();
      estate.add(observations);
      changes++;
    },
  });
  const tails = hearTails(foldersIn(config.data).lake, (message) => rollup.take(message));
  tails.askAll();
  return {
    evidence: rollup.evidence,
    unsealed: rollup.unsealed,
    sealed: rollup.sealed,
    version: () => rollup.version(),
    posture: {
      assertions,
      posture: async (range) => {
        await rollup.ready();
        return estate.posture(range);
      },
      version: () => String(changes),
    },
    refresh: () => rollup.refresh(),
    [Symbol.dispose]: () => {
      tails[Symbol.dispose]();
      options.queries.close();
    },
  };
}
