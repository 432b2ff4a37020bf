import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256Hex } from '../../src/lib/hash.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import type { VerifyResult } from '../../src/proof/verify.ts';
import { openLake } from '../../src/store/lake.ts';
import { builtVerifier } from '../../src/verifier/build.ts';
import type { runVerifier } from '../../src/verifier/command.ts';
import { T0 } from '../support/samples.ts';

/**
 * How fast a lake of many small captures is verified by the built `verify.mjs`, against how fast it was written:
 * `node test/bench/verify.ts [--captures 1000,100000,1000000] [--bytes 300] [--lake FOLDER] [--keep] [--drop SEQUENCE]`.
 * A lake that is there is used as it is; `--drop` leaves one capture out, which the verifier has to name.
 *
 * Like is compared with like: writing in this process with verifying in this process, both for the first time; and small
 * lakes also `plumbline replay` with `verify.mjs`, each a process of its own with its start.
 */
const ORIGIN = 'bench.example.com/lake';
const signer = signerFromSeed(`${ORIGIN}/main`, Buffer.alloc(32, 1));
const PER_SEAL = 50_000;
const PARTITIONS = 4;
/** Captures up to which it is also verified in this process, and each one is also a file that is replayed. */
const [MOST_HERE, MOST_FILES] = [1_000_000, 10_000];

const { values } = parseArgs({
  options: {
    captures: { type: 'string', default: '1000,100000,1000000' },
    bytes: { type: 'string', default: '300' },
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

/** What a piece of work took, in seconds. */
interface Took {
  readonly wall: number;
  readonly cpu: number;
}

async function write(path: string, captures: number, bytes: number, dropped: number): Promise<Took> {
  const lake = await openLake({ path, origin: ORIGIN, signer, clock: () => T0 });
  const [start, before] = [performance.now(), process.cpuUsage()];
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
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

/** Has a program say what it took when it ends. */
function measured(argv: readonly string[]): Took & { readonly megabytes: number; readonly stdout: string } {
  const [program = ''] = argv;
  const code = `process.argv = ${JSON.stringify([process.execPath, ...argv])};
    process.on('exit', () => process.stderr.write(JSON.stringify(process.resourceUsage())));
    await import(${JSON.stringify(program)});`;
  const start = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const wall = (performance.now() - start) / 1000;
  const usage = stderr.slice(stderr.lastIndexOf('{"userCPUTime"'));
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(usage) as NodeJS.ResourceUsage;
  return { wall, cpu: (userCPUTime + systemCPUTime) / 1e6, megabytes: Math.round(maxRSS / 1000), stdout };
}

/** Runs the program as an auditor does. */
function verify(
  program: string,
  lake: string,
): Took & { readonly megabytes: number; readonly result: VerifyResult } {
  const { stdout, ...took } = measured([program, lake, '--key', signer.verifier.verifierKey, '--json']);
  return { ...took, result: JSON.parse(stdout) as VerifyResult };
}

/** The program as a module of this process, on one thread. */
async function verifyHere(program: string, lake: string): Promise<Took> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { runVerifier: run } = (await import(program)) as { runVerifier: typeof runVerifier };
  await run([lake, '--key', signer.verifier.verifierKey, '--json'], undefined);
  const { user, system } = process.cpuUsage(before);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

/** The same messages as files, through `plumbline replay` and then `verify.mjs`: processes of their own. */
async function replayAndVerify(program: string, captures: number, bytes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-replay-'));
  await mkdir(join(folder, 'in'));
  for (let n = 0; n < captures; n++) {
    const text = `{"records":[${body(n, bytes).toString()}]}`;
    await writeFile(join(folder, 'in', `${String(n).padStart(8, '0')}.json`), text);
  }
  await writeFile(join(folder, 'plumbline.yml'), `data: ${join(folder, 'data')}\n`);
  const main = resolve(import.meta.dirname, '../../src/main.ts');
  const replayed = measured([main, 'replay', join(folder, 'in'), '-c', join(folder, 'plumbline.yml')]);
  const { stdout, ...verified } = measured([program, join(folder, 'data/lake'), '--json']);
  const { ok, checked } = JSON.parse(stdout) as VerifyResult;
  console.log(
    `replay  ${captures.toLocaleString('en')} captures, a process of its own: ${spelt(replayed)}; verify.mjs of that lake: ` +
      `${spelt(verified)}, ${(replayed.cpu / verified.cpu).toFixed(1)} times as fast; ok ${ok}, ${checked.captures} captures`,
  );
  await rm(folder, { recursive: true });
}

const spelt = ({ wall, cpu }: Took): string => `${wall.toFixed(2)} s, ${cpu.toFixed(2)} s of CPU`;

async function measureOne(program: string, captures: number): Promise<void> {
  const path = values.lake ?? (await mkdtemp(join(tmpdir(), 'plumbline-verify-')));
  const isThere = existsSync(join(path, 'log'));
  const written = isThere
    ? undefined
    : await write(path, captures, Number(values.bytes), Number(values.drop ?? -1));
  const here = written === undefined || captures > MOST_HERE ? undefined : await verifyHere(program, path);
  const { megabytes, result, ...took } = verify(program, path);
  const { checked, ok, gaps, faults } = result;
  if (written !== undefined)
    console.log(`ingest  ${captures.toLocaleString('en')} captures: ${spelt(written)}`);
  const times =
    written === undefined ? '' : `, ${(written.cpu / took.cpu).toFixed(1)} times as fast as ingesting`;
  if (here !== undefined && written !== undefined)
    console.log(
      `verify  in the process that ingested: ${spelt(here)}, ${(written.cpu / here.cpu).toFixed(1)} times as fast as ingesting`,
    );
  console.log(
    `verify  in a process of its own, with its start, ${checked.captures.toLocaleString('en')} captures: ${spelt(took)}, ${megabytes} MB resident at most${times}; ` +
      `ok ${ok}, ${checked.seals} seals, ${Math.round(checked.bytes / 1e6)} MB of Parquet`,
  );
  for (const { stream, first, last } of gaps) console.log(`gap     ${stream}, sequence ${first} to ${last}`);
  for (const fault of faults.slice(0, 5)) console.log(`fault   ${fault.kind} ${fault.place}: ${fault.what}`);
  if (!values.keep && values.lake === undefined) await rm(path, { recursive: true });
  if (captures <= MOST_FILES && values.lake === undefined)
    await replayAndVerify(program, captures, Number(values.bytes));
}

const tools = await mkdtemp(join(tmpdir(), 'plumbline-verifier-'));
const program = join(tools, 'verify.mjs');
writeFileSync(program, (await builtVerifier(resolve(import.meta.dirname, '../..'))).program);
for (const captures of values.captures.split(',').map(Number)) {
  await measureOne(program, captures);
  if (values.lake !== undefined) break;
}
await rm(tools, { recursive: true });
