import { tableNames } from '../../../src/domain/tables.ts';
import type { Random } from '../../../src/lib/random.ts';
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

/** Two commits of a table in each other's place, of one writer or of two, each as `edit` makes it. */
const commitsSwapped =
  (edit: (text: string, from: number, to: number) => string): Bend =>
  ({ newest }, random) => {
    const bent = newest.copy();
    const commitsOf = (table: string): string[] =>
      [...bent.map.keys()]
        .filter((path) => new RegExp(`^${table}/_delta_log/0*[1-9]\\d*\\.json$`).test(path))
        .toSorted();
    const commits = random.pick(tableNames.map(commitsOf).filter(({ length }) => length > 1));
    const to = random.int(1, commits.length - 1);
    const from = random.int(0, to - 1);
    const [a = '', b = ''] = [commits[from], commits[to]];
    const text = (path: string): string => newest.map.get(path)?.toString() ?? '';
    // The first version of all is the table's creation.
    bent.map.set(a, Buffer.from(edit(text(b), to + 1, from + 1)));
    bent.map.set(b, Buffer.from(edit(text(a), from + 1, to + 1)));
    return Promise.resolve({ bent, place: new RegExp(`(?=[^]*${a})(?=[^]*${b})`) });
  };

export const bends: Readonly<Record<string, Bend>> = {
  ...Object.fromEntries(
    Object.entries(mutations).map(([name, mutate]): [string, Bend] => [
      name,
      naming.has(name) ? ofMain(ofFiles(mutate)) : ofFiles(mutate),
    ]),
  ),
  'two commits swapped': commitsSwapped((text) => text),
  'two commits swapped, and their versions with them': commitsSwapped((text, from, to) =>
    text.replace(`"version":${from}}`, `"version":${to}}`),
  ),
  'two commits swapped, and their positions taken out': commitsSwapped((text) =>
    text.replace(/"position":\{[^}]*\},/, ''),
  ),
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
