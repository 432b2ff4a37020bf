import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256Hex } from '../../src/lib/hash.ts';
import { signCheckpoint } from '../../src/proof/checkpoint.ts';
import { sealDigest } from '../../src/proof/commits.ts';
import { captureEntry, entryBytes } from '../../src/proof/entries.ts';
import { createLogReader, liveSegments, readSeals } from '../../src/proof/evidence.ts';
import type { SealRef } from '../../src/proof/evidence.ts';
import { emptyLog, growLog } from '../../src/proof/grow.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { encodeBundle } from '../../src/proof/tiles.ts';
import type { CaptureRow, LakeFiles } from '../../src/proof/verify-port.ts';
import { folderFiles } from '../../src/verifier/folder.ts';
import { captureReader } from '../../src/verifier/parquet/captures.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import { batchesOf, hubMessages } from './load.ts';
import { measure, spread } from './measure.ts';
import type { Spread } from './measure.ts';
import { machine } from './summary.ts';
import { createWorkshop } from './workshop.ts';

/**
 * What the proof costs of the pipeline: `node test/bench/proof.ts [--rounds 7] [--records 42000] [--json]`. Asked in two
 * ways. The proof's work done once more alone (every digest, entry, leaf, tile, file and signature of the lake that the
 * pipeline wrote), in turns with the whole pipeline, as the CPU of the one over that of the other. And a profile of the
 * pipeline: samples in functions of the proof, or called by them, of all.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    records: { type: 'string', default: '42000' },
    json: { type: 'boolean', default: false },
  },
});

/** A seal, and all that has to be proven of it. */
interface ProvenSeal {
  readonly seal: SealRef;
  readonly captures: readonly CaptureRow[];
  readonly others: readonly string[];
  /** Bytes of its Parquet files. */
  readonly segments: readonly Uint8Array[];
}

async function provenSeals(files: LakeFiles): Promise<ProvenSeal[]> {
  const seals = await readSeals(files);
  const log = createLogReader(files, seals);
  const reader = captureReader(pageCompressors);
  const proven: ProvenSeal[] = [];
  for (const seal of seals) {
    const captures: CaptureRow[] = [];
    const segments: Uint8Array[] = [];
    for (const { path, table } of liveSegments([seal])) {
      const bytes = (await files.read(path)) ?? new Uint8Array();
      segments.push(bytes);
      if (table === 'captures') for await (const rows of reader.captures(bytes)) captures.push(...rows);
    }
    const others = (await log.behindCaptures(seal)).map(({ text }) => text);
    proven.push({ seal, captures: captures.toSorted((a, b) => a.leaf - b.leaf), others, segments });
  }
  return proven;
}

const signer = signerFromSeed('bench.example.com/lake/main', Buffer.alloc(32, 1));

/** All that the pipeline does for the proof alone. */
function prove(seals: readonly ProvenSeal[], folder: string): void {
  let log = emptyLog();
  const write = (path: string, bytes: Uint8Array | string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  for (const { seal, captures, others, segments } of seals) {
    const entries = captures.map((row) => {
      const originalSha256 = sha256Hex(row.body);
      const storedSha256 = row.redactions === '' ? originalSha256 : sha256Hex(row.body);
      return entryBytes(captureEntry({ ...row, originalSha256, storedSha256 }));
    });
    for (const bytes of segments) sha256Hex(bytes);
    sealDigest(seal.facts);
    entries.push(...others.map(entryBytes));
    write('pending', encodeBundle(entries));
    const grown = growLog(log, entries);
    for (const [path, bytes] of grown.files) write(path, bytes);
    const head = { origin: signer.verifier.name, size: grown.tree.size, root: grown.tree.root() };
    const note = signCheckpoint(head, signer);
    write('checkpoint', note);
    write(`checkpoints/${grown.tree.size}`, note);
    log = grown;
  }
}

const isProof = (url: string): boolean => /\/src\/(?:proof\/|lib\/hash\.ts)/.test(url);

/** Share of the samples in which a function of the proof is at work, or what it calls; what the collector takes is left out. */
function shareIn({ nodes, samples = [] }: Profiler.Profile): number {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const known = new Map<number, boolean>();
  const isOfProof = (id: number): boolean => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const parent = parents.get(id);
    const is = isProof(byId.get(id)?.url ?? '') || (parent !== undefined && isOfProof(parent));
    known.set(id, is);
    return is;
  };
  const idle = new Set(['(idle)', '(garbage collector)', '(program)']);
  const busy = samples.filter((id) => !idle.has(byId.get(id)?.functionName ?? ''));
  return busy.filter(isOfProof).length / busy.length;
}

async function main(): Promise<void> {
  const [rounds, records] = [Number(values.rounds), Number(values.records)];
  const { captures } = hubMessages(records);
  const clock = (): number => captures.at(-1)?.receivedAt ?? 0;
  const root = mkdtempSync(join(tmpdir(), 'plumbline-proof-'));
  using workshop = createWorkshop();
  using profiled = createWorkshop();
  const run = async (place: typeof workshop): Promise<void> => {
    await place.engine().pipeline.run({
      batches: async function* () {
        yield* batchesOf(captures);
      },
    });
  };
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  const shares: number[] = [];
  let seals: readonly ProvenSeal[] = [];
  const took = await measure(
    [
      { name: 'pipeline', prepare: () => workshop.open(clock), run: () => run(workshop) },
      {
        name: 'proof',
        prepare: async () => {
          if (seals.length === 0) {
            await workshop.open(clock);
            await run(workshop);
            seals = await provenSeals(folderFiles(workshop.lake()));
          }
        },
        run: () => prove(seals, root),
      },
      {
        name: 'profile',
        prepare: () => profiled.open(clock),
        run: async () => {
          await session.post('Profiler.start');
          await run(profiled);
          shares.push(shareIn((await session.post('Profiler.stop')).profile));
        },
      },
    ],
    rounds,
    (round) => process.stderr.write(round === 0 ? 'warmed up\n' : `round ${round} of ${rounds}\n`),
  );
  session.disconnect();
  rmSync(root, { recursive: true });
  const cpu = (name: string): number[] => (took.get(name) ?? []).map((once) => once.cpu);
  const [whole, alone] = [cpu('pipeline'), cpu('proof')];
  const ratio = spread(alone.map((ms, i) => ms / (whole[i] ?? Number.NaN)));
  const profile = spread(shares.slice(1));
  const leaves = seals.at(-1)?.seal.to ?? 0;
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ machine: machine(), rounds, leaves, ratio, profile }, null, 2)}\n`,
    );
    return;
  }
  const percent = ({ median, min, max }: Spread): string =>
    `${(median * 100).toFixed(1)} % (${(min * 100).toFixed(1)} to ${(max * 100).toFixed(1)})`;
  process.stdout.write(
    `${machine()}\n${captures.length} messages, ${leaves} leaves in ${seals.length} seals, ${rounds} rounds\n` +
      `pipeline       ${spread(whole).median.toFixed(0)} ms of CPU\n` +
      `proof alone    ${spread(alone).median.toFixed(0)} ms of CPU: ${percent(ratio)} of it\n` +
      `in a profile   ${percent(profile)} of the pipeline's samples\n`,
  );
}

await main();
