import {
  commitFile,
  derivedCommit,
  derivedTables,
  parseCapturesCommit,
  sealDigest,
  sealOfCommit,
} from './commits.ts';
import type { AddAction, CapturesCommit, SealFacts, SealHead } from './commits.ts';
import { parseCaptureEntry } from './entries.ts';
import type { SealPart, SegmentFacts, StreamFacts } from './entries.ts';
import { positionFault } from './position.ts';
import { openByChain } from './rotation.ts';
import { MAX_HOLES } from './stream-count.ts';
import type { StreamCount } from './stream-count.ts';
import type { CommitIndex } from './verify-commits.ts';
import type { LogPlace } from './verify-head.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** A seal as the log tells it. */
export interface LoggedSeal {
  /** Leaves [from, to). */
  readonly from: number;
  readonly to: number;
  readonly root: Buffer | undefined;
  /** How many. */
  readonly captures: number;
  readonly segments: readonly SegmentFacts[];
  readonly parts: readonly SealPart[];
  /** The key of the chain that may sign since it. */
  readonly keyNumber: number;
}

const commitPath = (table: string, version: number): string => `${table}/_delta_log/${commitFile(version)}`;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const gaplessOf = (parts: readonly SealPart[]): ReadonlySet<string> =>
  new Set(
    parts.flatMap(({ streams }) =>
      streams.filter(({ contiguous }) => contiguous === true).map(({ stream }) => stream),
    ),
  );

/** What the entries of a seal say of its streams, counted again; and that no stream goes back. */
export function countStreams(
  folder: string,
  seal: LoggedSeal,
  captures: readonly Buffer[],
  last: ReadonlyMap<string, number>,
  faults: FaultList,
): StreamCount[] {
  const place = `${folder} leaf ${seal.to - 1}`;
  const gapless = gaplessOf(seal.parts);
  const newest = new Map(last);
  const streams = new Map<string, StreamCount>();
  for (const entry of captures) {
    const facts = parseCaptureEntry(text(entry));
    if (facts === undefined) continue;
    const { stream, sequence } = facts;
    const before = newest.get(stream);
    newest.set(stream, sequence);
    const known = streams.get(stream);
    if (known !== undefined && before !== undefined && sequence <= before) {
      faults.add(
        'conservation',
        place,
        `${stream}: sequence ${sequence} comes after ${before}: taken in twice, or out of order`,
      );
    }
    if (known === undefined) {
      const mark = gapless.has(stream) ? { contiguous: true as const } : {};
      streams.set(stream, { stream, first: sequence, last: sequence, count: 1, holes: [], ...mark });
      continue;
    }
    const isHole = known.contiguous === true && before !== undefined && sequence > before + 1;
    const holes =
      isHole && known.holes.length < MAX_HOLES
        ? [...known.holes, { first: before + 1, last: sequence - 1 }]
        : known.holes;
    streams.set(stream, { ...known, last: sequence, count: known.count + 1, holes });
  }
  return [...streams.values()];
}

/** The seal's own entry against what it ends, and each stream against where the last seal left it; moves `last` on. */
export function checkConservation(
  folder: string,
  seal: LoggedSeal,
  counted: readonly StreamCount[],
  last: Map<string, number>,
  faults: FaultList,
): void {
  const place = `${folder} leaf ${seal.to - 1}`;
  const [part] = seal.parts;
  if (part !== undefined && part.captures !== seal.captures) {
    faults.add(
      'conservation',
      place,
      `the seal says ${part.captures} captures, the log has ${seal.captures}`,
    );
  }
  const said = new Map(seal.parts.flatMap(({ streams }) => streams).map((facts) => [facts.stream, facts]));
  for (const { stream, first, last: newest, count } of counted) {
    const before = last.get(stream);
    if (before !== undefined && first <= before) {
      faults.add(
        'conservation',
        place,
        `${stream}: sequence ${first} comes after ${before}: taken in twice, or out of order`,
      );
    }
    last.set(stream, newest);
    const facts = said.get(stream);
    said.delete(stream);
    if (facts?.first === first && facts.last === newest && facts.count === count) continue;
    faults.add(
      'conservation',
      place,
      `${stream}: the log has ${count} captures from ${first} to ${newest}, the seal says otherwise`,
    );
  }
  for (const stream of said.keys())
    faults.add('conservation', place, `${stream}: the seal counts captures that the log has not`);
}

const isSameFiles = (adds: readonly AddAction[], segments: readonly SegmentFacts[]): boolean =>
  adds.length === segments.length &&
  adds.every(({ path, size, stats }, i) => {
    const segment = segments[i];
    return (
      path === segment?.path && size === segment.size && Number(JSON.parse(stats).numRecords) === segment.rows
    );
  });

function checkFacts(
  seal: LoggedSeal,
  facts: SealFacts,
  streams: readonly StreamFacts[],
  place: string,
  faults: FaultList,
): void {
  const [part] = seal.parts;
  if (part !== undefined && sealDigest(facts) !== part.commit) {
    // What it says was written by someone else, so nothing of it is looked at.
    faults.add('commit', place, 'it says something else than what the log has of this seal');
    return;
  }
  const tables = new Set([
    'captures',
    ...Object.keys(facts.derived),
    ...seal.segments.map(({ table }) => table),
  ]);
  for (const table of tables) {
    const adds = table === 'captures' ? facts.adds : (facts.derived[table] ?? []);
    if (
      isSameFiles(
        adds,
        seal.segments.filter((segment) => segment.table === table),
      )
    )
      continue;
    faults.add('commit', place, `the files of ${table} in it are not those that the log has`);
  }
  const isSame =
    Object.keys(facts.cursors).length === streams.length &&
    streams.every(({ stream, last }) => facts.cursors[stream] === last);
  if (!isSame) faults.add('commit', place, 'its cursors are not the last sequences of its captures');
}

function checkHead(
  seal: LoggedSeal,
  head: SealHead,
  { verifier, chain }: LogPlace,
  place: string,
  faults: FaultList,
): void {
  const root = seal.root?.toString('base64');
  if (head.logSize !== seal.to)
    faults.add('commit', place, `it says the log has ${head.logSize} leaves, not ${seal.to}`);
  if (head.root !== root)
    faults.add('commit', place, `its root is ${head.root}, the log's at that size is ${root}`);
  try {
    const { origin, size, root: signed } = openByChain(head.checkpoint, chain).checkpoint;
    if (origin !== verifier.name || size !== seal.to || signed.toString('base64') !== root) {
      faults.add('checkpoint', place, 'the checkpoint in it is of another log or size');
    }
  } catch (thrown) {
    faults.add('checkpoint', place, `the checkpoint in it is not valid: ${(thrown as Error).message}`);
  }
}

/** That a commit stands where its writer put it; only what is old says nothing of that. */
function checkPosition(
  { verifier, chain }: LogPlace,
  { keyNumber }: LoggedSeal,
  { table, version }: { readonly table: string; readonly version: number },
  { position }: Pick<CapturesCommit, 'position'>,
  { seal, positions }: SealFacts,
  faults: FaultList,
): void {
  if (positions === undefined) return;
  const place = { origin: verifier.name, seal, table, version };
  const what = positionFault(position, place, chain, keyNumber);
  if (what !== undefined) faults.add('commit', commitPath(table, version), what);
}

/** The commit of `captures` against the log. Answers what it says when that can be relied on. */
export async function checkCapturesCommit(
  files: LakeFiles,
  log: LogPlace,
  captures: CommitIndex,
  seal: LoggedSeal,
  number: number,
  streams: readonly StreamFacts[],
  faults: FaultList,
): Promise<CapturesCommit | undefined> {
  const { verifier } = log;
  const version = await captures.find(verifier.name, number);
  const place = commitPath('captures', version ?? captures.missingAt());
  const bytes = version === undefined ? undefined : await files.read(place);
  if (version === undefined || bytes === undefined) {
    faults.add('commit', place, `the commit of seal ${number} is missing`);
    return undefined;
  }
  const commit = parseCapturesCommit(text(bytes));
  if (commit === undefined) {
    faults.add('commit', place, 'it was changed: it is not spelt as the writer spells it');
    return undefined;
  }
  const before = faults.count;
  if (commit.facts.seal !== number)
    faults.add('commit', place, `it is of seal ${commit.facts.seal}, not ${number}`);
  if (commit.facts.origin !== verifier.name) faults.add('commit', place, `it is of ${commit.facts.origin}`);
  checkFacts(seal, commit.facts, streams, place, faults);
  checkHead(seal, commit.head, log, place, faults);
  const isReliable = faults.count === before;
  if (isReliable) checkPosition(log, seal, { table: 'captures', version }, commit, commit.facts, faults);
  return isReliable ? commit : undefined;
}

/** The commits that follow from a commit of `captures`, byte for byte. Answers how many. */
export async function checkDerivedCommits(
  files: LakeFiles,
  log: LogPlace,
  indexes: ReadonlyMap<string, CommitIndex>,
  seal: LoggedSeal,
  number: number,
  facts: SealFacts | undefined,
  faults: FaultList,
): Promise<number> {
  const logged = seal.segments.map(({ table }) => table).filter((table) => table !== 'captures');
  const tables = new Set([...logged, ...(facts === undefined ? [] : derivedTables(facts))]);
  for (const table of tables) {
    const index = indexes.get(table);
    const version = await index?.find(log.verifier.name, number);
    const place = commitPath(table, version ?? index?.missingAt() ?? 0);
    const bytes = version === undefined ? undefined : await files.read(place);
    if (version === undefined || bytes === undefined) {
      faults.add(
        'commit',
        place,
        'the commit is missing; opening the lake for writing once finishes a seal that a crash cut short',
      );
      continue;
    }
    if (facts === undefined) continue;
    const commit = { position: sealOfCommit(text(bytes))?.position };
    if (text(bytes) !== derivedCommit(facts, table, commit.position))
      faults.add('commit', place, 'it says something else than the seal that it follows from');
    else if (files.isAhead?.(place) !== true)
      checkPosition(log, seal, { table, version }, commit, facts, faults);
  }
  return tables.size;
}
