import type { StreamFacts } from './entries.ts';
import { commitFile } from './commits.ts';
import { parseWitnessKey } from './cosignature.ts';
import { createCoverage } from './gaps.ts';
import type { Gap } from './gaps.ts';
import { emptyRoot } from './merkle.ts';
import { parseVerifierKey } from './note.ts';
import { createKeyCheck, createPayloadTally } from './payload-check.ts';
import type { PayloadReader, PayloadResult } from './payload-check.ts';
import { indexCommits } from './verify-commits.ts';
import type { CommitIndex } from './verify-commits.ts';
import { notesByLog, placesOf } from './verify-places.ts';
import { createFaultList } from './verify-port.ts';
import type { Fault, FaultList, LakeFiles } from './verify-port.ts';
import type { CarriedOut, Compacted } from './verify-maintenance.ts';
import { checkTurns } from './verify-turns.ts';
import { finishedLake } from './verify-unfinished.ts';
import type { Unfinished } from './verify-unfinished.ts';
import { readCosignatures } from './verify-witnesses.ts';
import type { SeenBy } from './verify-witnesses.ts';
import { verifyLog } from './verify-writer.ts';
import type { Checked, LogFindings, VerifiedLog, VerifyOptions } from './verify-writer.ts';

export type { VerifyOptions } from './verify-writer.ts';

/** `origin` and `root` are those of the first log; `size` is over all. */
export interface VerifyResult extends VerifiedLog {
  readonly ok: boolean;
  /** Every writer's log, by origin. */
  readonly logs: readonly VerifiedLog[];
  readonly checked: Checked;
  /** What the log took in from each stream: `count` below `last - first + 1` means that its sequences have gaps. */
  readonly streams: readonly StreamFacts[];
  /** Sequences missing in streams whose source numbers without gaps: lost before they were sealed. */
  readonly gaps: readonly Gap[];
  /** Words of trusted witnesses, under checkpoints kept elsewhere or in the lake. */
  readonly cosignatures: readonly SeenBy[];
  /** What is gone by order, of retention or erasure, and covered by it: no fault. */
  readonly carriedOut: readonly CarriedOut[];
  /** Files that were put together without a loss. */
  readonly compacted: Compacted;
  /** What was seen of encrypted bodies. */
  readonly payloads: PayloadResult;
  /** Seals of several writers whose commits do not say where among one another's they stand: made before any did. */
  readonly unplaced: number;
  /** Seals that a crash left half published; all of each was looked at, as it will be. */
  readonly unfinished: readonly Unfinished[];
  readonly faults: readonly Fault[];
  /** All faults, listed or not. */
  readonly faultCount: number;
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
    segments: total(({ seals, maintenance }) => seals.sums.segments + maintenance.sums.segments),
    rows: total(({ seals, maintenance }) => seals.sums.rows + maintenance.sums.rows),
    bytes: total(({ seals, maintenance }) => seals.sums.bytes + maintenance.sums.bytes),
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
      ...(facts.contiguous === true ? { contiguous: true as const } : {}),
    });
  }
  return [...merged.values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1));
}

/** Gaps listed; a person reads no more. */
const MAX_GAPS = 1000;

const derived = ['events', 'findings', 'observations', 'decisions', 'dead_letters'];

/**
 * Recomputes the whole lake from its files and compares it with what the keys signed: every row of `captures`, every
 * Parquet file, entry, tile, checkpoint and commit of every writer. Trusts nothing else. Memory is bounded by the
 * largest seal.
 *
 * @throws NoteError when one of `verifierKeys` is no verifier key.
 */
export async function verifyLake(given: LakeFiles, asked: VerifyOptions): Promise<VerifyResult> {
  const payload: PayloadReader = {
    keys: asked.payload,
    tally: createPayloadTally(),
    check: createKeyCheck(given),
  };
  const options = { ...asked, parquet: { ...asked.parquet, payload } };
  const verifiers = options.verifierKeys.map((key) => parseVerifierKey(key));
  const faults = createFaultList(options.maxFaults ?? 1000);
  const witnesses = (options.witnessKeys ?? []).map(parseWitnessKey);
  const found = await placesOf(given, verifiers, faults);
  const { places } = found;
  const coverage = createCoverage();
  const captures = await indexCommits(given, 'captures', faults);
  const { files, unfinished } = await finishedLake(given, places, captures, options.pause);
  const indexes = new Map([['captures', captures]]);
  for (const table of derived) indexes.set(table, await indexCommits(files, table, faults));
  const notes = options.knownCheckpoints ?? [];
  const known = notesByLog(notes, found, faults);

  const logs: LogFindings[] = [];
  for (const log of places) {
    const noted = {
      ...log,
      takeNote: (...note: Parameters<typeof payload.check.takeNote>): void => payload.check.takeNote(...note),
    };
    const kept = known.get(log) ?? [];
    logs.push(await verifyLog(files, noted, indexes, captures, kept, options, coverage, faults));
  }
  if (logs.length > 1)
    checkTurns(
      logs.flatMap(({ seals }) => seals.turns),
      faults,
    );
  const sealsOf = new Map(logs.map(({ origin, seals }) => [origin, seals.sums.seals]));
  await reportUnclaimed(files, indexes, captures, sealsOf, faults);
  const payloads = await payload.check.finish(payload.tally, faults);
  return {
    ok: faults.count === 0,
    origin: logs[0]?.origin ?? '',
    size: sum(logs.map(({ size }) => size)),
    root: logs[0]?.root ?? emptyRoot().toString('base64'),
    logs: logs.map(({ origin, size, root }) => ({ origin, size, root })),
    checked: checkedOf(logs),
    streams: mergedStreams(logs),
    gaps: coverage.gaps().slice(0, MAX_GAPS),
    cosignatures: await readCosignatures(files, places, notes, witnesses, faults),
    carriedOut: logs.flatMap(({ maintenance }) => maintenance.carriedOut),
    compacted: {
      files: sum(logs.map(({ maintenance }) => maintenance.compacted.files)),
      into: sum(logs.map(({ maintenance }) => maintenance.compacted.into)),
    },
    payloads,
    unplaced: logs.length > 1 ? sum(logs.map(({ seals }) => seals.sums.unplaced)) : 0,
    unfinished,
    faults: faults.faults,
    faultCount: faults.count,
  };
}
