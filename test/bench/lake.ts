import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../src/lib/hash.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { verifyLake } from '../../src/proof/verify.ts';
import { lakeFiles } from '../../src/store/lake-files.ts';
import { openLake } from '../../src/store/lake.ts';
import { parquetReader } from '../../src/store/parquet-reader.ts';
import { anEvent, resourceOf, T0 } from '../support/samples.ts';

/**
 * How fast captures and events become durable, proven evidence, and how fast that is verified: one process, messages of
 * 50 records of 1.4 KB each. `node test/bench/lake.ts [records]`
 */
const RECORDS_PER_MESSAGE = 50;
const MESSAGES_PER_SEAL = 1000;

const origin = 'bench.example.com/lake';
const signer = signerFromSeed(`${origin}/main`, Buffer.alloc(32, 1));

const record = (n: number): object => ({
  time: new Date(T0 + n).toISOString(),
  resourceId: resourceOf(`account-${n % 40}`).toUpperCase(),
  operationName: ['ChatCompletions_Create', 'Embeddings_Create', 'ListKey'][n % 3],
  category: 'RequestResponse',
  callerIpAddress: `192.0.2.${n % 250}`,
  correlationId: sha256Hex(`correlation ${n}`).slice(0, 32),
  durationMs: n % 900,
  properties: { objectId: sha256Hex(`object ${n % 300}`), filler: sha256Hex(`${n}`).repeat(14) },
});

async function main(records: number): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  const lake = await openLake({ path, origin, signer, clock: () => T0 });
  let [bytes, appendMs, sealMs, hashMs, sealed] = [0, 0, 0, 0, 0];
  for (let message = 0; message * RECORDS_PER_MESSAGE < records; message++) {
    const first = message * RECORDS_PER_MESSAGE;
    const all = Array.from({ length: RECORDS_PER_MESSAGE }, (_, i) => record(first + i));
    const body = Buffer.from(JSON.stringify({ records: all }));
    const events = all.map((_, i) =>
      anEvent({
        id: `${sha256Hex(String(message)).slice(0, 20)}-${i}`,
        time: T0 + first + i,
        resourceId: resourceOf(`account-${(first + i) % 40}`),
        correlationId: sha256Hex(`correlation ${first + i}`).slice(0, 32),
        evidence: { leaf: -1, record: i },
      }),
    );
    bytes += body.length;
    const start = performance.now();
    const originalSha256 = sha256Hex(body);
    const hashed = performance.now();
    const capture = {
      source: 'bench',
      stream: `bench/${message % 4}`,
      sequence: message,
      enqueuedAt: T0,
      receivedAt: T0,
    };
    const leaf = lake.append({ ...capture, body, originalSha256, redactions: [] }) ?? -1;
    lake.addEvents(events.map((event) => ({ ...event, evidence: { ...event.evidence, leaf } })));
    const appended = performance.now();
    if (message % MESSAGES_PER_SEAL === MESSAGES_PER_SEAL - 1) sealed += (await lake.seal())?.bytes ?? 0;
    hashMs += hashed - start;
    appendMs += appended - hashed;
    sealMs += performance.now() - appended;
  }
  const last = performance.now();
  sealed += (await lake.seal())?.bytes ?? 0;
  sealMs += performance.now() - last;
  await lake.close();

  const from = performance.now();
  const options = { verifierKeys: [signer.verifier.verifierKey], parquet: parquetReader };
  const result = await verifyLake(lakeFiles(path), options);
  const verifyMs = performance.now() - from;
  await rm(path, { recursive: true });

  const perSecond = (ms: number): string =>
    `${Math.round(records / ms)}k records/s, ${Math.round(bytes / ms / 1000)} MB/s`;
  console.log(
    `${records} records, ${Math.round(bytes / 1e6)} MB in, ${Math.round(sealed / 1e6)} MB of Parquet, ok: ${result.ok}`,
  );
  console.log(`hash    ${perSecond(hashMs)}`);
  console.log(`append  ${perSecond(appendMs)}`);
  console.log(`seal    ${perSecond(sealMs)}`);
  console.log(`all     ${perSecond(hashMs + appendMs + sealMs)}`);
  console.log(`verify  ${perSecond(verifyMs)}`);
  console.log(`memory  ${Math.round(process.memoryUsage().rss / 1e6)} MB resident`);
}

await main(Number(process.argv[2] ?? 300_000));
