import { isMap, parseCanonical } from './canonical.ts';
import { commitFile, sealOfCommit } from './commits.ts';
import { checkCheckpoints } from './verify-checkpoints.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

export interface SealName {
  readonly origin: string;
  readonly seal: number;
}

const REMOVE = '{"remove":';

/** Paths that a commit takes out of its table. */
function removedBy(text: string): string[] {
  if (!text.includes(`\n${REMOVE}`)) return [];
  return text.split('\n').flatMap((line) => {
    const action = line.startsWith(REMOVE) ? parseCanonical(line) : undefined;
    const path = isMap(action) && isMap(action['remove']) ? action['remove']['path'] : undefined;
    return typeof path === 'string' ? [path] : [];
  });
}

/** Where the commits of a table's seals are: writers take turns, so a seal's version follows from no number of its own. */
export interface CommitIndex {
  readonly table: string;
  /** Versions that were there at first, with the creation of the table. */
  readonly versions: number;
  /** The version of a seal's commit; undefined when the table has none, also not by now. */
  find(origin: string, seal: number): Promise<number | undefined>;
  /** Files that commits take out of the table, and whose seals they are: a hint, until the log has said so. */
  readonly removed: ReadonlyMap<string, SealName>;
  /** Reads the commits that were made since. */
  refresh(): Promise<void>;
  /** The newest commit of a writer; undefined when it has none. */
  newestOf(origin: string): number | undefined;
  /** The version at which a commit that is missing should have been: the first that nothing is known of. */
  missingAt(): number;
  /** Versions whose seal no log has, of those that were there at first. */
  unclaimed(isKnown: (origin: string, seal: number) => boolean): readonly number[];
}

const keyOf = (origin: string, seal: number): string => `${seal} ${origin}`;

/** Reads whose seal each commit of a table is of; a commit that does not say is a fault, and so is one out of order. */
export async function indexCommits(files: LakeFiles, table: string, faults: FaultList): Promise<CommitIndex> {
  const folder = `${table}/_delta_log/`;
  const found = new Map<string, number>();
  const newest = new Map<string, { readonly seal: number; readonly version: number }>();
  const removed = new Map<string, SealName>();
  let unreadable: number | undefined;
  let next = 0;

  const take = (version: number, bytes: Uint8Array): void => {
    const place = `${folder}${commitFile(version)}`;
    const text = Buffer.from(bytes).toString();
    const owner = sealOfCommit(text);
    if (owner === undefined) {
      unreadable ??= version;
      faults.add('commit', place, 'it was changed, or is of no writer of this lake');
      return;
    }
    const { origin, seal } = owner;
    for (const path of removedBy(text)) removed.set(path, owner);
    const key = keyOf(origin, seal);
    const before = newest.get(origin);
    if (found.has(key)) {
      faults.add(
        'commit',
        place,
        `seal ${seal} of ${origin} is committed in version ${found.get(key)} already`,
      );
    } else if (before !== undefined && seal < before.seal) {
      const earlier = `${folder}${commitFile(before.version)}`;
      faults.add('commit', earlier, `seal ${before.seal} of ${origin} stands before its seal ${seal}`);
      faults.add('commit', place, `seal ${seal} of ${origin} stands behind its seal ${before.seal}`);
    }
    if (!found.has(key)) found.set(key, version);
    if (before === undefined || seal > before.seal) newest.set(origin, { seal, version });
  };

  /** Reads on to the last version that is there now. */
  const readOn = async (): Promise<void> => {
    for (;;) {
      const bytes = await files.read(`${folder}${commitFile(next)}`);
      if (bytes === undefined) return;
      if (next > 0) take(next, bytes);
      next++;
    }
  };

  const names = new Set((await files.list(`${table}/_delta_log`)).map((path) => path.slice(folder.length)));
  await readOn();
  const versions = next;
  for (let version = 0; version < versions; version++) names.delete(commitFile(version));
  await checkCheckpoints(files, table, names, versions, faults);
  for (const name of names) {
    faults.add(
      'unexpected',
      `${folder}${name}`,
      'this lake writes no such file, or one before it is missing',
    );
  }

  return {
    table,
    versions,
    removed,
    refresh: readOn,
    async find(origin, seal) {
      const key = keyOf(origin, seal);
      if (!found.has(key)) await readOn();
      return found.get(key);
    },
    newestOf: (origin) => newest.get(origin)?.version,
    missingAt: () => unreadable ?? next,
    unclaimed: (isKnown) =>
      [...found]
        .filter(([key, version]) => {
          const [seal = '', origin = ''] = key.split(' ');
          return version < versions && !isKnown(origin, Number(seal));
        })
        .map(([, version]) => version),
  };
}
