import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/lib/random.ts';
import type { Random } from '../../src/lib/random.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { verifyLake } from '../../src/proof/verify.ts';
import type { VerifyResult } from '../../src/proof/verify.ts';
import { captureReader } from '../../src/verifier/parquet/captures.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import { fillLake, openMemoryLake, signer } from '../store/lakes.ts';
import { createMemory } from '../store/memory.ts';
import type { Memory } from '../store/memory.ts';
import { mutations } from '../store/mutate.ts';

/**
 * Bends lakes in every way there is, thousands of times, and looks whether the verifier finds each with only the published
 * checkpoint, and names it rightly; then verifies clean lakes, in which it must find nothing:
 * `node test/proof/mutations.long.ts [--mutations 10000] [--clean 1000] [--seed plumbline]`. Exits 1 on any miss.
 */
const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '10000' },
    clean: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'plumbline' },
  },
});

/** A lake, as it was after each of its seals, and the checkpoint that was published last. */
interface History {
  readonly states: readonly Memory[];
  readonly published: string;
}

const checkpointOf = (memory: Memory): string => memory.map.get('log/main/checkpoint')?.toString() ?? '';

/** Two runs over one lake: what was there after the first is an earlier state of it. */
async function grow(seed: string, captures: number, perSeal: number): Promise<History> {
  const memory = createMemory();
  await fillLake(await openMemoryLake(memory.files), seed, Math.ceil(captures / 2), perSeal);
  const earlier = memory.copy();
  await fillLake(await openMemoryLake(memory.files), `${seed} more`, captures, perSeal);
  return { states: [earlier, memory], published: checkpointOf(memory) };
}

const verify = (memory: Memory, published: string): Promise<VerifyResult> =>
  verifyLake(memory.lake, {
    verifierKeys: [signer.verifier.verifierKey],
    parquet: captureReader(pageCompressors),
    knownCheckpoints: [published],
  });

/** Bendings of a lake as a whole, beside those of single files. */
type Bend = (history: History, random: Random) => Promise<{ readonly bent: Memory; readonly place: RegExp }>;
const newest = ({ states }: History): Memory => {
  const last = states.at(-1);
  if (last === undefined) throw new Error('a history without an end');
  return last;
};
const bends: Record<string, Bend> = {
  ...Object.fromEntries(
    Object.entries(mutations).map(([name, mutate]): [string, Bend] => [
      name,
      async (history, random) => {
        const bent = newest(history).copy();
        return { bent, ...(await mutate(bent, random)) };
      },
    ]),
  ),
  'the whole lake put back': ({ states: [earlier = createMemory()] }) =>
    Promise.resolve({ bent: earlier.copy(), place: /^known checkpoint 1$/m }),
  'the public key replaced': (history, random) => {
    const bent = newest(history).copy();
    const other = signerFromSeed(signer.verifier.name, Buffer.alloc(32, random.int(8, 255)));
    bent.map.set('log/main/verifier.vkey', Buffer.from(`${other.verifier.verifierKey}\n`));
    return Promise.resolve({ bent, place: /^log\/main\/verifier\.vkey$/m });
  },
  'another history signed with the same key': async (_, random) => {
    const bent = createMemory();
    await fillLake(await openMemoryLake(bent.files), `another ${random.hex(8)}`, 70, 20);
    return { bent, place: /^(?:known checkpoint 1|log\/main leaves up to \d+)$/m };
  },
};

const isSame = ({ map }: Memory, { map: other }: Memory): boolean =>
  map.size === other.size && [...map].every(([path, bytes]) => other.get(path)?.equals(bytes) === true);

/** What is wrong with how the verifier took it; undefined when it found it and named it. */
async function missed(
  history: History,
  name: string,
  bend: Bend,
  random: Random,
): Promise<string | undefined> {
  const done = await bend(history, random).catch(() => undefined);
  // A small lake may lack what is to be bent: two commits of a table, a cursor in a commit.
  if (done === undefined || isSame(done.bent, newest(history))) return 'not applicable';
  const { bent, place } = done;
  const { ok, faults } = await verify(bent, history.published);
  if (ok) return `${name}: not found`;
  const places = faults.map((fault) => fault.place).join('\n');
  return place.test(places)
    ? undefined
    : `${name}: named ${places.split('\n').slice(0, 3).join(', ')}, not ${place.source}`;
}

async function main(): Promise<void> {
  const [count, clean] = [Number(values.mutations), Number(values.clean)];
  const names = Object.keys(bends);
  const problems: string[] = [];
  let inapplicable = 0;
  const start = performance.now();
  let history = await grow(`${values.seed} 0`, 40, 20);
  for (let run = 0; run < count; run++) {
    // Now and then another lake: most small, some with full tiles.
    if (run > 0 && run % 250 === 0)
      history = await grow(`${values.seed} ${run}`, run % 1000 === 0 ? 400 : 40, run % 1000 === 0 ? 130 : 20);
    const name = names[run % names.length] ?? '';
    const bend = bends[name];
    const problem =
      bend === undefined
        ? undefined
        : await missed(history, name, bend, seededRandom(`${values.seed} ${name} ${run}`));
    if (problem === 'not applicable') inapplicable++;
    else if (problem !== undefined) problems.push(`run ${run}: ${problem}`);
  }
  for (let run = 0; run < clean; run++) {
    const random = seededRandom(`${values.seed} clean ${run}`);
    const lake = await grow(`${values.seed} clean ${run}`, random.int(2, 60), random.int(1, 25));
    const { faults, gaps } = await verify(newest(lake), lake.published);
    if (faults.length + gaps.length > 0)
      problems.push(`clean lake ${run}: ${JSON.stringify([...faults, ...gaps].slice(0, 2))}`);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `${count - inapplicable} mutations of ${names.length} kinds and ${clean} clean lakes, seed "${values.seed}": ${problems.length} wrong, ${seconds} s`,
  );
  for (const problem of problems.slice(0, 50)) console.log(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

await main();
