import type { StreamFacts } from './entries.ts';
import { commitFile, logFolder, writerOf } from './commits.ts';
import { emptyRoot } from './merkle.ts';
import { parseVerifierKey } from './note.ts';
import type { NoteVerifier } from './note.ts';
import { indexCommits } from './verify-commits.ts';
import type { CommitIndex } from './verify-commits.ts';
import { checkKey, checkLogPaths, readHead, readKeptCheckpoints, readKnown } from './verify-head.ts';
import type { LogPlace } from './verify-head.ts';
import { createLogWalk } from './verify-log.ts';
import { createFaultList } from './verify-port.ts';
import type { Fault, FaultList, LakeFiles, ParquetReader } from './verify-port.ts';
import { checkTurns, createSealCheck, sealEnds } from './verify-seals.ts';
import type { SealCheck } from './verify-seals.ts';

export interface VerifyOptions {
  /** The keys that the checkpoints must be signed with, one a writer, C2SP signed-note form, had from outside the lake. */
  readonly verifierKeys: readonly string[];
  readonly parquet: ParquetReader;
  /** Signed checkpoints that were kept elsewhere (a mail, a report): the log must still contain them. */
  readonly knownCheckpoints?: readonly string[];
  /** Faults to list; all are counted. (Default: 1000) */
  readonly maxFaults?: number;
  /** Waits a little, for a writer at work to publish its checkpoint. (Default: no wait) */
  readonly pause?: () => Promise<void>;
}

/** How much was looked at. */
export interface Checked {
  readonly seals: number;
  readonly leaves: number;
  readonly captures: number;
  readonly segments: number;
  /** Rows of all tables under the log's protection. */
  readonly rows: number;
  /** Bytes of Parquet read. */
  readonly bytes: number;
  readonly tiles: number;
  readonly commits: number;
  readonly checkpoints: number;
}

/** One writer's log, recomputed. */
export interface VerifiedLog {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** Root hash recomputed, base64. */
  readonly root: string;
}

/** `origin` and `root` are those of the first log; `size` is over all. */
export interface VerifyResult extends VerifiedLog {
  readonly ok: boolean;
  /** Every writer's log, by origin. */
  readonly logs: readonly VerifiedLog[];
  readonly checked: Checked;
  /** What the log took in from each stream: `count` below `last - first + 1` means that its sequences have gaps. */
  readonly streams: readonly StreamFacts[];
  readonly faults: readonly Fault[];
  /** All faults, listed or not. */
  readonly faultCount: number;
}

/** What was found of one log. */
interface LogFindings extends VerifiedLog {
  readonly seals: SealCheck;
  readonly walked: Pick<Checked, 'leaves' | 'tiles' | 'checkpoints'>;
}

async function verifyLog(
  files: LakeFiles,
  log: LogPlace,
  indexes: ReadonlyMap<string, CommitIndex>,
  captures: CommitIndex,
  known: readonly string[],
  options: VerifyOptions,
  faults: FaultList,
): Promise<LogFindings> {
  const { folder, verifier } = log;
  const logPaths = await files.list(folder);
  checkLogPaths(folder, logPaths, faults);
  await checkKey(files, log, faults);
  const authentic = await readKeptCheckpoints(files, log, logPaths, faults);
  const size = await readHead(files, log, authentic, captures, options.pause, faults);
  const knownRoots = readKnown(known, verifier, size, faults);

  const walk = createLogWalk(files, folder, faults, size, logPaths);
  const seals = createSealCheck(files, options.parquet, log, indexes, faults);
  let root = emptyRoot();
  for (const to of [...authentic.keys()].toSorted((a, b) => a - b)) {
    if (to === 0) continue;
    const signed = authentic.get(to)?.root;
    const before = faults.count;
    const range = await walk.walk(to, signed, (entries) => [
      ...sealEnds(walk.size, entries),
      ...knownRoots.keys(),
      to,
    ]);
    root = range.roots.get(to) ?? root;
    if (signed?.equals(root) !== true && faults.count === before) {
      faults.add(
        'entry',
        `${folder} leaves ${range.from} to ${to - 1}`,
        `they do not add up to the root signed at size ${to}`,
      );
    }
    for (const [at, computed] of range.roots) {
      if (knownRoots.get(at)?.every((kept) => kept.equals(computed)) !== false) continue;
      faults.add(
        'rollback',
        `${folder} leaves up to ${at - 1}`,
        `the known checkpoint of size ${at} has another root: history was rewritten`,
      );
    }
    await seals.take(range);
  }
  await walk.finish();
  await seals.finish();
  return {
    origin: verifier.name,
    size,
    root: root.toString('base64'),
    seals,
    walked: { leaves: walk.size, tiles: walk.tiles, checkpoints: authentic.size + knownRoots.size },
  };
}

/** The logs to verify: those whose keys are given. A log without a key is a fault, and so is a key without a writer's name. */
async function placesOf(
  files: LakeFiles,
  verifiers: readonly NoteVerifier[],
  faults: FaultList,
): Promise<LogPlace[]> {
  const places = new Map<string, LogPlace>();
  for (const verifier of verifiers) {
    const writer = writerOf(verifier.name);
    if (writer === undefined) faults.add('key', verifier.name, 'the key names no writer of a lake');
    else places.set(writer, { folder: logFolder(writer), verifier });
  }
  const present = new Set((await files.list('log')).map((path) => path.split('/')[1] ?? ''));
  for (const writer of present) {
    if (!places.has(writer)) faults.add('key', `log/${writer}`, 'no key was given to verify it with');
  }
  return [...places.values()].toSorted((a, b) => (a.verifier.name < b.verifier.name ? -1 : 1));
}

/** Names commits of seals that no log has, unless writers have moved on since the commits were read. */
async function reportUnclaimed(
  files: LakeFiles,
  indexes: ReadonlyMap<string, CommitIndex>,
  captures: CommitIndex,
  sealsOf: ReadonlyMap<string, number>,
  faults: FaultList,
): Promise<void> {
  if ((await files.read(`captures/_delta_log/${commitFile(captures.versions)}`)) !== undefined) return;
  for (const index of indexes.values()) {
    for (const version of index.unclaimed((origin, seal) => seal <= (sealsOf.get(origin) ?? 0)))
      faults.add(
        'unexpected',
        `${index.table}/_delta_log/${commitFile(version)}`,
        'no log knows of such a commit',
      );
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function checkedOf(logs: readonly LogFindings[]): Checked {
  const total = (count: (log: LogFindings) => number): number => sum(logs.map(count));
  return {
    seals: total(({ seals }) => seals.sums.seals),
    leaves: total(({ walked }) => walked.leaves),
    captures: total(({ seals }) => seals.sums.captures),
    segments: total(({ seals }) => seals.sums.segments),
    rows: total(({ seals }) => seals.sums.rows),
    bytes: total(({ seals }) => seals.sums.bytes),
    tiles: total(({ walked }) => walked.tiles),
    commits: total(({ seals }) => seals.sums.commits),
    checkpoints: total(({ walked }) => walked.checkpoints),
  };
}

/** Streams over all logs: several writers may have carried one, each in its turn. */
function mergedStreams(logs: readonly LogFindings[]): StreamFacts[] {
  const merged = new Map<string, StreamFacts>();
  for (const facts of logs.flatMap(({ seals }) => seals.streams())) {
    const known = merged.get(facts.stream) ?? { ...facts, count: 0 };
    merged.set(facts.stream, {
      stream: facts.stream,
      first: Math.min(known.first, facts.first),
      last: Math.max(known.last, facts.last),
      count: known.count + facts.count,
    });
  }
  return [...merged.values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1));
}

const tables = ['captures', 'events', 'findings', 'observations', 'decisions', 'dead_letters'];

/**
 * Recomputes the whole lake from its files and compares it with what the keys signed: every row of `captures`, every
 * Parquet file, entry, tile, checkpoint and commit of every writer. Trusts nothing else. Memory is bounded by the
 * largest seal.
 *
 * @throws NoteError when one of `verifierKeys` is no verifier key.
 */
export async function verifyLake(files: LakeFiles, options: VerifyOptions): Promise<VerifyResult> {
  const verifiers = options.verifierKeys.map((key) => parseVerifierKey(key));
  const faults = createFaultList(options.maxFaults ?? 1000);
  const places = await placesOf(files, verifiers, faults);
  const indexes = new Map<string, CommitIndex>();
  for (const table of tables) indexes.set(table, await indexCommits(files, table, faults));
  const captures = indexes.get('captures') ?? (await indexCommits(files, 'captures', faults));
  const notes = options.knownCheckpoints ?? [];
  const isOf = (note: string, { verifier }: LogPlace): boolean => note.startsWith(`${verifier.name}\n`);
  const strays = notes.filter((note) => !places.some((log) => isOf(note, log)));

  const logs: LogFindings[] = [];
  for (const [i, log] of places.entries()) {
    // A kept checkpoint that is of none of the logs is doubted with the first of them, which says why.
    const known = [...(i === 0 ? strays : []), ...notes.filter((note) => isOf(note, log))];
    logs.push(await verifyLog(files, log, indexes, captures, known, options, faults));
  }
  if (logs.length > 1)
    checkTurns(
      logs.flatMap(({ seals }) => seals.turns),
      faults,
    );
  const sealsOf = new Map(logs.map(({ origin, seals }) => [origin, seals.sums.seals]));
  await reportUnclaimed(files, indexes, captures, sealsOf, faults);
  return {
    ok: faults.count === 0,
    origin: logs[0]?.origin ?? '',
    size: sum(logs.map(({ size }) => size)),
    root: logs[0]?.root ?? emptyRoot().toString('base64'),
    logs: logs.map(({ origin, size, root }) => ({ origin, size, root })),
    checked: checkedOf(logs),
    streams: mergedStreams(logs),
    faults: faults.faults,
    faultCount: faults.count,
  };
}
