import { PipelineError } from '../../src/lib/errors.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { openContainer } from '../../src/store/blob-client.ts';
import { blobFiles } from '../../src/store/blob-files.ts';
import type { Files } from '../../src/store/files.ts';
import { verifiable } from '../../src/store/lake-files.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { parquetReader, readRows } from '../../src/store/parquet-reader.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { verifyLake } from '../../src/proof/verify.ts';
import type { VerifyResult } from '../../src/proof/verify.ts';
import { anEvent, T0 } from '../support/samples.ts';
import { connectionTo, startAzurite, startProxy } from './azurite.ts';
import { aCapture, LAKE_ORIGIN } from './lakes.ts';

const SHARED = 'hub/shared';
const writers = ['left', 'right'] as const;
const signerOf = (writer: string) =>
  signerFromSeed(`${LAKE_ORIGIN}/${writer}`, Buffer.alloc(32, writer.length));

export interface Outcome {
  readonly commits: number;
  /** Seals that were refused because the other writer had the stream, and done again. */
  readonly taken: number;
  /** Seals that failed and were tried again. */
  readonly failed: number;
  readonly mishaps: ReadonlyMap<string, number>;
  readonly verified: VerifyResult;
  /** `stream@sequence` of every row of `captures`, as the Parquet files hold them. */
  readonly captures: readonly string[];
  /** Commits of `events`, and the seals that they say they are of. */
  readonly eventCommits: number;
  readonly eventSeals: ReadonlySet<string>;
}

const openFiles = async (port: number, seed: string, timeoutMs: number): Promise<Files> => {
  const random = seededRandom(seed);
  const retry = { attempts: 12, firstDelayMs: 2, maxDelayMs: 40 };
  return blobFiles(
    await openContainer({ ...connectionTo(port), retry, timeoutMs }, () => random.int(0, 999) / 1000),
  );
};

const isCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof PipelineError && thrown.code === code;

/** Makes so many seals: one message of its own stream each, and now and then one of a stream that both reach for. */
async function write(
  lake: Lake,
  writer: string,
  commits: number,
  tally: { taken: number; failed: number },
  sealed: () => void,
) {
  const own = `hub/${writer}`;
  const add = (stream: string, sequence: number): void => {
    const leaf = lake.append(aCapture({ stream, sequence }));
    if (leaf !== undefined)
      lake.addEvents([anEvent({ id: `${stream}-${sequence}`, evidence: { leaf, record: 0 } })]);
  };
  let next = 1;
  while (next <= commits) {
    try {
      if (next % 4 === 0) add(SHARED, ((await lake.durableSequence(SHARED)) ?? 0) + 1);
      add(own, next);
      await lake.seal();
      sealed();
      next++;
    } catch (thrown) {
      if (isCode(thrown, 'STREAM_TAKEN')) {
        tally.taken++;
        next = ((await lake.durableSequence(own)) ?? 0) + 1;
      } else if (isCode(thrown, 'STORE_FAILED')) {
        tally.failed++;
      } else {
        throw thrown;
      }
    }
  }
  while (lake.pending.captures > 0) await lake.seal().catch(() => tally.failed++);
}

/**
 * Two writers on one container behind a service that fails a share of its requests.
 *
 * @param timeoutMs how long an attempt may take: longer than the machine needs, or all of them fail.
 * @param sealed called after each seal.
 */
export async function twoWriters(
  seed: string,
  commits: number,
  rate: number,
  { timeoutMs = 400, sealed = () => {} }: { readonly timeoutMs?: number; readonly sealed?: () => void } = {},
): Promise<Outcome> {
  await using azurite = await startAzurite();
  await using proxy = await startProxy(azurite.port, seededRandom(seed), rate);
  const tally = { taken: 0, failed: 0 };
  const open = async (writer: string): Promise<Lake> => {
    const files = await openFiles(proxy.port, `${seed} ${writer}`, timeoutMs);
    for (;;) {
      try {
        return await openLake({
          path: files.place,
          origin: LAKE_ORIGIN,
          writer,
          signer: signerOf(writer),
          clock: () => T0,
          files,
          lock: () => ({ isExclusive: false, isHeld: true, release: () => {} }),
        });
      } catch (thrown) {
        if (!isCode(thrown, 'STORE_FAILED')) throw thrown;
        tally.failed++;
      }
    }
  };
  const lakes = await Promise.all(writers.map(open));
  await Promise.all(lakes.map((lake, i) => write(lake, writers[i] ?? '', commits, tally, sealed)));
  await Promise.all(lakes.map((lake) => lake.close()));

  const files = await openFiles(azurite.port, 'reading', 60_000);
  const snapshot = await readSnapshot(files);
  const verified = await verifyLake(verifiable(files), {
    verifierKeys: writers.map((writer) => signerOf(writer).verifier.verifierKey),
    parquet: parquetReader,
  });
  const captures: string[] = [];
  for (const { path } of snapshot.files.captures) {
    const rows = await readRows((await files.read(path)) ?? Buffer.alloc(0), ['stream', 'sequence']);
    captures.push(...rows.map(([stream, sequence]) => `${String(stream)}@${Number(sequence)}`));
  }
  const logs = (await files.list('events/_delta_log')).filter((name) => /^0*[1-9]\d*\.json$/.test(name));
  const eventSeals = new Set<string>();
  for (const name of logs) {
    const text = (await files.read(`events/_delta_log/${name}`))?.toString() ?? '';
    eventSeals.add(/"txn":(\{[^}]*\})/.exec(text)?.[1] ?? name);
  }
  return {
    commits: snapshot.seals,
    ...tally,
    mishaps: proxy.counts,
    verified,
    captures,
    eventCommits: logs.length,
    eventSeals,
  };
}
