import { isoDay } from '../../../src/lib/clock.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import type { Random } from '../../../src/lib/random.ts';
import { signerFromSeed } from '../../../src/proof/note.ts';
import type { NoteSigner } from '../../../src/proof/note.ts';
import { verifyLake } from '../../../src/proof/verify.ts';
import type { VerifyResult } from '../../../src/proof/verify.ts';
import { compact } from '../../../src/store/compact.ts';
import { erase } from '../../../src/store/erase/erase.ts';
import { createSubject } from '../../../src/store/erase/subject.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import type { Files } from '../../../src/store/files.ts';
import { openLake } from '../../../src/store/lake.ts';
import type { Lake } from '../../../src/store/lake.ts';
import { vacuum } from '../../../src/store/maintain/vacuum.ts';
import { retain } from '../../../src/store/retain.ts';
import { captureReader } from '../../../src/verifier/parquet/captures.ts';
import { pageCompressors } from '../../../src/verifier/parquet/zstd-page.ts';
import { anActor, anEvent, aFinding, T0 } from '../../support/samples.ts';
import { aCapture, LAKE_ORIGIN } from '../lakes.ts';
import { createMemory, LAKE } from '../memory.ts';
import type { Memory } from '../memory.ts';
import { anOrder, DAY } from './worlds.ts';

const people = Array.from({ length: 6 }, (_, i) => `person-${i}@example.com`);
const classes = ['azure_activity', 'key_vault'];

interface Writer {
  readonly name: string;
  readonly signer: NoteSigner;
  readonly files: Files;
  lake: Lake;
  sequence: number;
}

/** A lake that was written to and maintained at random, by one writer or two. */
export interface RandomWorld {
  readonly memory: Memory;
  /** The same lake at about half its age. */
  readonly earlier: Memory;
  readonly keys: readonly string[];
  /** What was done, one line each. */
  readonly deeds: readonly string[];
  /** Results of the verifications on the way, all of which must be without a fault. */
  readonly faults: readonly string[];
}

export const verifyWorld = ({ memory, keys }: Pick<RandomWorld, 'memory' | 'keys'>): Promise<VerifyResult> =>
  verifyLake(memory.lake, { verifierKeys: keys, parquet: captureReader(pageCompressors) });

function takeMessage(random: Random, writer: Writer, now: number): void {
  const named = Array.from({ length: random.int(1, 3) }, () => random.pick(people));
  const records = named.map((identity) => ({ identity, n: random.int(0, 1e6) }));
  const text = random.chance(0.1) ? `not JSON ${named.join(' ')}` : JSON.stringify({ records });
  const capture = aCapture({
    stream: `hub/${writer.name}`,
    sequence: ++writer.sequence,
    body: Buffer.from(text),
    receivedAt: now - random.int(0, 3) * DAY,
  });
  const leaf = writer.lake.append(capture);
  if (leaf === undefined) return;
  for (const [record, name] of named.entries()) {
    if (random.chance(0.2)) continue;
    const [evidence, actor, id] = [
      { leaf, record },
      anActor({ name }),
      `${writer.name}-${writer.sequence}-${record}`,
    ];
    writer.lake.addEvents([anEvent({ id, evidence, actor, class: random.pick(classes) })]);
    if (random.chance(0.3)) writer.lake.addFindings([aFinding({ id: `fnd-${id}`, evidence, actor })]);
  }
}

/** Grows a lake from a seed. @param steps deeds, one after another. */
export async function randomWorld(seed: string, steps = 14): Promise<RandomWorld> {
  const random = seededRandom(seed);
  const memory = createMemory();
  let now = T0;
  const clock = (): number => now;
  const open = (name: string, signer: NoteSigner, files: Files): Promise<Lake> =>
    openLake({
      path: LAKE,
      origin: LAKE_ORIGIN,
      writer: name,
      signer,
      clock,
      files,
      lock: () => ({ isExclusive: true, isHeld: true, release: () => {} }),
    });
  const writers: Writer[] = [];
  for (const name of random.chance(0.4) ? ['left', 'right'] : ['main']) {
    const signer = signerFromSeed(`${LAKE_ORIGIN}/${name}`, Buffer.alloc(32, 9));
    const files = folderFiles(LAKE, name, memory.files);
    writers.push({ name, signer, files, lake: await open(name, signer, files), sequence: 0 });
  }
  const [deeds, faults]: [string[], string[]] = [[], []];
  const keys = writers.map(({ signer }) => signer.verifier.verifierKey);

  const doings: Record<string, (writer: Writer) => Promise<unknown>> = {
    'take in': async (writer) => {
      for (let i = random.int(1, 6); i > 0; i--) takeMessage(random, writer, now);
      if (random.chance(0.7)) await writer.lake.seal();
    },
    'take in and seal': async (writer) => {
      for (let i = random.int(1, 6); i > 0; i--) takeMessage(random, writer, now);
      await writer.lake.seal();
    },
    'put together': ({ lake, files, signer }) =>
      compact(lake, files, { origin: signer.verifier.name, now: now + DAY, least: 2 }),
    'put together while taking in': async (writer) => {
      const { lake, files, signer } = writer;
      const putting = compact(lake, files, { origin: signer.verifier.name, now: now + DAY, least: 2 });
      takeMessage(random, writer, now);
      await putting;
      takeMessage(random, writer, now);
    },
    erase: ({ lake, files, signer }) =>
      erase(lake, files, {
        origin: signer.verifier.name,
        order: anOrder({ id: `ERA-${deeds.length}` }),
        subject: createSubject([random.pick(people)]),
      }),
    retain: ({ lake, files, signer }) => {
      const [thing, before] = [random.pick([...classes, 'captures', 'findings']), isoDay(now - DAY)];
      return retain(lake, files, {
        origin: signer.verifier.name,
        order: anOrder({
          act: 'retain',
          id: `retention-${deeds.length}`,
          rules: [`${thing} before ${before}`],
        }),
        things: [thing],
        isPast: (what, day) => what === thing && day < before,
      });
    },
    vacuum: ({ files, signer }) =>
      vacuum(files, signer.verifier.name, { now, graceMs: random.pick([0, DAY, 10 * DAY]) }),
    reopen: async (writer) => {
      await writer.lake.close();
      writer.lake = await open(writer.name, writer.signer, writer.files);
      // What was not sealed is read again from its source.
      writer.sequence = (await writer.lake.durableSequence(`hub/${writer.name}`)) ?? 0;
    },
    wait: async () => {
      now += random.int(0, 2) * DAY;
    },
  };
  const names = [...Object.keys(doings), 'take in and seal', 'take in and seal', 'put together', 'erase'];
  let earlier = memory.copy();
  for (let step = 0; step < steps; step++) {
    if (step === Math.floor(steps / 2)) earlier = memory.copy();
    const writer = random.pick(writers);
    const deed = step < 2 ? 'take in and seal' : random.pick(names);
    deeds.push(`${writer.name}: ${deed}`);
    await doings[deed]?.(writer);
    if (!random.chance(0.2)) continue;
    for (const { kind, place, what } of (await verifyWorld({ memory, keys })).faults)
      faults.push(`after ${deeds.length} deeds: ${kind} ${place} ${what}`);
  }
  for (const { lake } of writers) {
    await lake.seal();
    await lake.close();
  }
  return { memory, earlier, keys, deeds, faults };
}

/** Flips a bit of one file of a lake, whichever. Answers the file. */
export function flipBit(
  { memory }: RandomWorld,
  random: Random,
): { readonly path: string; readonly bent: Memory } {
  const bent = memory.copy();
  const path = random.pick(
    [...bent.map.keys()].filter((name) => (bent.map.get(name)?.length ?? 0) > 0).toSorted(),
  );
  const bytes = Buffer.from(bent.map.get(path) ?? []);
  const bit = random.int(0, bytes.length * 8 - 1);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  bent.map.set(path, bytes);
  return { path, bent };
}
