import type { Random } from '../../../src/lib/random.ts';
import { sealOfCommit } from '../../../src/proof/commits.ts';
import { signerFromSeed } from '../../../src/proof/note.ts';
import { fillLake, openMemoryLake, signer } from '../../store/lakes.ts';
import { createMemory } from '../../store/memory.ts';
import type { Memory } from '../../store/memory.ts';
import { mutations } from '../../store/mutate.ts';
import type { Mutation } from '../../store/mutate.ts';
import type { History } from './history.ts';

/** A lake that was bent, and where the verifier must say that something is wrong. */
export interface Bent {
  readonly bent: Memory;
  readonly place: RegExp;
}

/** Bends a copy of a lake. Throws where the lake lacks what is to be bent. */
export type Bend = (history: History, random: Random) => Promise<Bent>;

const isSame = ({ map }: Memory, { map: other }: Memory): boolean =>
  map.size === other.size && [...map].every(([path, bytes]) => other.get(path)?.equals(bytes) === true);

/** Bends what is in the tables: of a file that is in none, nobody says that it has to be there. */
const ofFiles =
  (mutate: Mutation): Bend =>
  async ({ newest, retired, isMaintained }, random) => {
    const bent = createMemory([...newest.map].filter(([path]) => !retired.has(path)));
    const { place } = await mutate(bent, random);
    for (const path of retired) {
      const bytes = newest.map.get(path);
      if (bytes !== undefined) bent.map.set(path, bytes);
    }
    // A file that stands for others is known as a whole.
    return { bent, place: isMaintained ? new RegExp(place.source.replace(/ row \d+$/, '')) : place };
  };

/** Of lakes with the one writer that these name. */
const ofMain =
  (bend: Bend): Bend =>
  (history, random) => {
    if (!history.newest.map.has('log/main/checkpoint')) throw new Error('the writer has another name');
    return bend(history, random);
  };

const naming = new Set([
  'a file planted in the log',
  'the published checkpoint put back',
  'an entry rewritten with its tile',
]);

/** In what order writers came to a table, nobody signs: only those of one writer stand in an order. */
const commitsSwapped: Bend = ({ newest }, random) => {
  const bent = newest.copy();
  const table = random.pick(['captures', 'events']);
  const byWriter = Map.groupBy(
    [...bent.map.keys()]
      .filter((path) => new RegExp(`^${table}/_delta_log/0*[1-9]\\d*\\.json$`).test(path))
      .toSorted(),
    (path) => sealOfCommit(bent.map.get(path)?.toString() ?? '')?.origin ?? '',
  );
  const commits = random.pick([...byWriter.values()].filter(({ length }) => length > 1));
  const at = random.int(1, commits.length - 1);
  const [a = '', b = ''] = [commits[at - 1], commits[at]];
  const [ofA, ofB] = [newest.map.get(a), newest.map.get(b)];
  if (ofA === undefined || ofB === undefined) throw new Error('no two commits of one writer');
  bent.map.set(a, ofB);
  bent.map.set(b, ofA);
  return Promise.resolve({ bent, place: new RegExp(a.replaceAll('.', String.raw`\.`)) });
};

export const bends: Readonly<Record<string, Bend>> = {
  ...Object.fromEntries(
    Object.entries(mutations).map(([name, mutate]): [string, Bend] => [
      name,
      naming.has(name) ? ofMain(ofFiles(mutate)) : ofFiles(mutate),
    ]),
  ),
  'two commits swapped': commitsSwapped,
  'the whole lake put back': ({ earlier }) =>
    Promise.resolve({ bent: earlier.copy(), place: /^known checkpoint [12]$/m }),
  'a file out of the tables bent': ({ newest, retired }, random) => {
    const bent = newest.copy();
    const path = random.pick([...retired].toSorted());
    const bytes = Buffer.from(bent.map.get(path) ?? []);
    const bit = random.int(0, bytes.length * 8 - 1);
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    bent.map.set(path, bytes);
    return Promise.resolve({ bent, place: new RegExp(path) });
  },
  'the public key replaced': ofMain(({ newest }, random) => {
    const bent = newest.copy();
    const other = signerFromSeed(signer.verifier.name, Buffer.alloc(32, random.int(10, 255)));
    bent.map.set('log/main/verifier.vkey', Buffer.from(`${other.verifier.verifierKey}\n`));
    return Promise.resolve({ bent, place: /^log\/main\/verifier\.vkey$/m });
  }),
  'another history signed with the same key': async ({ isMaintained }, random) => {
    if (isMaintained) throw new Error('its key is another');
    const bent = createMemory();
    await fillLake(await openMemoryLake(bent.files), `another ${random.hex(8)}`, 70, 20);
    return { bent, place: /^(?:known checkpoint 1|log\/main leaves up to \d+)$/m };
  },
};

/** Bends a lake; undefined where it lacks what is to be bent: two commits of a table, a cursor in a commit. */
export async function bendLake(bend: Bend, history: History, random: Random): Promise<Bent | undefined> {
  try {
    const done = await bend(history, random);
    return isSame(done.bent, history.newest) ? undefined : done;
  } catch {
    return undefined;
  }
}
