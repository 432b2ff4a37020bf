import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256Hex } from '../../src/lib/hash.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { verifyLake } from '../../src/proof/verify.ts';
import { openLake } from '../../src/store/lake.ts';
import { folderFiles } from '../../src/verifier/folder.ts';
import { captureReader } from '../../src/verifier/parquet/captures.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import { createRangeThreads, workerEntry } from '../../src/verifier/threads.ts';
import { T0 } from '../support/samples.ts';

/**
 * How fast a lake of many small captures is verified, against how fast it was written:
 * `node test/bench/verify.ts [--captures 1000000] [--bytes 300] [--lake FOLDER] [--keep] [--drop SEQUENCE]`. A lake that is
 * there is used as it is; `--drop` leaves one capture out, which the verifier has to name.
 */
const ORIGIN = 'bench.example.com/lake';
const signer = signerFromSeed(`${ORIGIN}/main`, Buffer.alloc(32, 1));
const PER_SEAL = 50_000;
const PARTITIONS = 4;

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: '1000000' },
    bytes: { type: 'string', default: '300' },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    lake: { type: 'string' },
    drop: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});

/** A record of about so many bytes, of which a third does not compress: ids and digests, as in real ones. */
function body(n: number, bytes: number): Buffer {
  const text = JSON.stringify({
    time: new Date(T0 + n * 10).toISOString(),
    operationName: ['ChatCompletions_Create', 'Embeddings_Create', 'ListKey'][n % 3],
    callerIpAddress: `192.0.2.${n % 250}`,
    correlationId: (n * 2_654_435_761).toString(16).padStart(16, '0').repeat(2),
    durationMs: n % 900,
    resourceId: `/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/ACCOUNTS/A${n % 40}`,
  });
  return Buffer.from(`${text.slice(0, -1)},"filler":"${'x'.repeat(Math.max(0, bytes - text.length - 12))}"}`);
}

async function write(path: string, captures: number, bytes: number, dropped: number): Promise<number> {
  const lake = await openLake({ path, origin: ORIGIN, signer, clock: () => T0 });
  const start = performance.now();
  for (let n = 0; n < captures; n++) {
    const sequence = Math.floor(n / PARTITIONS);
    if (!(n % PARTITIONS === 1 && sequence === dropped)) {
      const content = body(n, bytes);
      lake.append({
        source: 'bench',
        stream: `bench/${n % PARTITIONS}`,
        sequence,
        isContiguous: true,
        enqueuedAt: T0 + n,
        receivedAt: T0 + n,
        originalSha256: sha256Hex(content),
        redactions: [],
        body: content,
      });
    }
    if (n % PER_SEAL === PER_SEAL - 1) await lake.seal();
  }
  await lake.seal();
  await lake.close();
  return performance.now() - start;
}

async function main(): Promise<void> {
  const [captures, bytes] = [Number(values.captures), Number(values.bytes)];
  const path = values.lake ?? (await mkdtemp(join(tmpdir(), 'plumbline-verify-')));
  const perSecond = (ms: number): string =>
    `${Math.round(captures / ms)}k captures/s (${(ms / 1000).toFixed(1)} s)`;
  if (!existsSync(join(path, 'log')))
    console.log(`ingest  ${perSecond(await write(path, captures, bytes, Number(values.drop ?? -1)))}`);
  const threads = createRangeThreads(path, workerEntry(), Number(values.threads));
  const files = folderFiles(path);
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100);
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await verifyLake(files, {
    verifierKeys: [signer.verifier.verifierKey],
    parquet: captureReader(pageCompressors),
    ranges: threads,
  });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  clearInterval(watch);
  await threads[Symbol.asyncDispose]();
  console.log(
    `verify  ${perSecond(ms)}, ${values.threads} threads, ${((user + system) / captures).toFixed(2)} us of CPU each, ${Math.round(peak / 1e6)} MB resident at most`,
  );
  console.log(
    `        ok ${result.ok}, ${result.checked.captures} captures in ${result.checked.seals} seals, ${Math.round(result.checked.bytes / 1e6)} MB of Parquet`,
  );
  for (const { stream, first, last } of result.gaps)
    console.log(`gap     ${stream}, sequence ${first} to ${last}`);
  for (const fault of result.faults.slice(0, 5))
    console.log(`fault   ${fault.kind} ${fault.place}: ${fault.what}`);
  if (!values.keep && values.lake === undefined) await rm(path, { recursive: true });
}

await main();
