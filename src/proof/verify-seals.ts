import { commitFile, parseCapturesCommit } from './commits.ts';
import type { StreamFacts } from './entries.ts';
import type { Coverage } from './gaps.ts';
import type { StreamCount } from './stream-count.ts';
import type { CommitIndex } from './verify-commits.ts';
import { text } from './verify-head.ts';
import type { LogPlace } from './verify-head.ts';
import type { LogRange } from './verify-log.ts';
import type { MaintenanceCheck } from './verify-maintenance.ts';
import { addTally } from './payload-check.ts';
import type { FaultList, LakeFiles, ParquetReader } from './verify-port.ts';
import type { CleanRange } from './verify-range.ts';
import { checkCapturesCommit, checkConservation, checkDerivedCommits, countStreams } from './verify-seal.ts';
import type { LoggedSeal } from './verify-seal.ts';
import { createEntryReader, endsSeal, isCapture, noEntries } from './verify-seal-entries.ts';
import { checkSegment, reportMissingRows } from './verify-segment.ts';
import type { Turn } from './verify-turns.ts';

/** Takes entries in, seal by seal, and compares each seal with the tables. */
export interface SealCheck {
  /** Takes in the leaves up to a checkpoint, which ends a seal. */
  take(range: LogRange): Promise<void>;
  /** Takes in a seal whose leaves and rows were looked at already. */
  takeClean(range: CleanRange, root: Buffer): Promise<void>;
  /** Compares the tables' first commits. */
  finish(): Promise<void>;
  readonly sums: Readonly<
    Record<'seals' | 'captures' | 'segments' | 'rows' | 'bytes' | 'commits' | 'unplaced', number>
  >;
  /** What the log took in from each stream, by name. */
  streams(): StreamFacts[];
  /** What each seal took in, and where it stands among the seals of all writers. */
  readonly turns: readonly Turn[];
  /** Changes of keys so far: the key that may sign now. */
  readonly keyNumber: number;
}

/** Where a seal's captures were looked at: here, entry by entry, or before, and found in order. */
type Looked =
  | { readonly kind: 'careful'; readonly captures: readonly Buffer[] }
  | { readonly kind: 'clean'; readonly range: CleanRange };

export function createSealCheck(
  files: LakeFiles,
  parquet: ParquetReader,
  log: LogPlace,
  indexes: ReadonlyMap<string, CommitIndex>,
  coverage: Coverage,
  maintenance: MaintenanceCheck,
  faults: FaultList,
): SealCheck {
  const { folder, verifier } = log;
  const lastSequences = new Map<string, number>();
  const streams = new Map<string, StreamFacts>();
  const turns: Turn[] = [];
  const sums = { seals: 0, captures: 0, segments: 0, rows: 0, bytes: 0, commits: 0, unplaced: 0 };
  const reader = createEntryReader(files, log, maintenance, faults);
  let entries = noEntries(0);
  let isBroken = false;
  let isWhole = true;

  const begin = (leaf: number): void => {
    [entries, isBroken] = [noEntries(leaf), false];
  };

  const addStreams = (counted: readonly StreamCount[]): void => {
    for (const { holes, ...facts } of counted) {
      coverage.add({ ...facts, holes });
      const known = streams.get(facts.stream);
      streams.set(
        facts.stream,
        known === undefined ? facts : { ...facts, first: known.first, count: known.count + facts.count },
      );
    }
  };

  const checkSeal = async (seal: LoggedSeal, looked: Looked): Promise<void> => {
    const number = sums.seals + 1;
    if (seal.parts[0]?.seal !== number) {
      faults.add(
        'conservation',
        `${folder} leaf ${seal.to - 1}`,
        `it ends seal ${seal.parts[0]?.seal}, but seal ${number} is next`,
      );
    }
    const counted =
      looked.kind === 'clean'
        ? looked.range.streams
        : countStreams(folder, seal, looked.captures, lastSequences, faults);
    checkConservation(folder, seal, counted, lastSequences, faults);
    addStreams(counted);
    const commits = indexes.get('captures');
    if (commits === undefined) return;
    const commit = await checkCapturesCommit(files, log, commits, seal, number, counted, faults);
    if (commit !== undefined && commit.facts.positions === undefined) sums.unplaced++;
    const version = await commits.find(verifier.name, number);
    if (version !== undefined && counted.length > 0)
      turns.push({ version, place: `${folder} leaf ${seal.to - 1}`, streams: counted });
    const kept = await files.read(`${folder}/checkpoints/${seal.to}`);
    if (kept === undefined)
      faults.add(
        'checkpoint',
        `${folder}/checkpoints/${seal.to}`,
        `the checkpoint of seal ${number} is missing`,
      );
    else if (commit !== undefined && commit.head.checkpoint !== text(kept)) {
      faults.add(
        'checkpoint',
        `${folder}/checkpoints/${seal.to}`,
        `it is not the one committed with seal ${number}`,
      );
    }
    sums.commits += 1 + (await checkDerivedCommits(files, log, indexes, seal, number, commit?.facts, faults));
    if (looked.kind === 'clean' && !looked.range.isLogOnly) {
      // Files that stand for others are counted where they are compared.
      if (entries.rewrites.length === 0) {
        sums.bytes += looked.range.bytes;
        sums.rows += looked.range.rows;
        sums.segments += seal.segments.length;
      }
    } else {
      await checkRows(seal, looked.kind === 'clean' ? [] : looked.captures);
    }
    await maintenance.takeSeal({
      seal: number,
      place: `${folder} leaf ${seal.to - 1}`,
      segments: seal.segments,
      rewrites: entries.rewrites,
      removes: commit === undefined ? 'unknown' : commit.facts.removes,
    });
    sums.seals = number;
    sums.captures += seal.captures;
  };

  /** @param captures its entries; none when its rows stand elsewhere. */
  const checkRows = async (seal: LoggedSeal, captures: readonly Buffer[]): Promise<void> => {
    const rows = { from: seal.from, entries: captures, seen: new Uint8Array(seal.captures) };
    let [isAllRead, isLacking] = [true, false];
    const standing = new Set(entries.rewrites.map(({ part }) => part.into));
    for (const segment of seal.segments) {
      const path = `${segment.table}/${segment.path}`;
      // A file that stands for others is compared with more than this seal.
      if (standing.has(segment.sha256)) continue;
      if (
        maintenance.isRetired(path) ||
        (!(await isThere(path)) && (await maintenance.isRetiredByNow(path)))
      ) {
        isLacking ||= segment.table === 'captures';
        continue;
      }
      sums.segments++;
      const { bytes, isRead } = await checkSegment(files, parquet, segment, rows, faults);
      sums.bytes += bytes;
      sums.rows += segment.rows;
      if (!isRead && segment.table === 'captures') isAllRead = false;
    }
    if (isLacking) maintenance.lack(seal.from, rows.seen);
    else if (isAllRead) reportMissingRows(rows, seal.segments, faults);
  };

  const isThere = async (path: string): Promise<boolean> => (await files.read(path)) !== undefined;

  /** A seal of which the log has lost entries: its own faults are reported; what comes after it must still line up. */
  const passBroken = async (): Promise<void> => {
    sums.seals++;
    isWhole = false;
    const version = await indexes.get('captures')?.find(verifier.name, sums.seals);
    const bytes =
      version === undefined ? undefined : await files.read(`captures/_delta_log/${commitFile(version)}`);
    const facts = bytes === undefined ? undefined : parseCapturesCommit(text(bytes))?.facts;
    for (const [stream, last] of Object.entries(facts?.cursors ?? {})) lastSequences.set(stream, last);
  };

  return {
    get keyNumber() {
      return reader.keyNumber;
    },
    async takeClean(range, root) {
      if (parquet.payload !== undefined) addTally(parquet.payload.tally, range.payloads);
      const to = entries.from + range.leaves;
      for (const [i, entry] of range.entries.entries())
        reader.take(entry, to - range.entries.length + i, entries);
      await checkSeal(
        { ...entries, to, root, captures: range.captures, keyNumber: reader.keyNumber },
        { kind: 'clean', range },
      );
      begin(to);
    },
    async take(range) {
      for (const [i, entry] of range.entries.entries()) {
        const leaf = range.from + i;
        if (entry === undefined) {
          isBroken = true;
        } else if (isCapture(entry)) {
          if (entries.segments.length + entries.parts.length > 0)
            faults.add('entry', `${folder} leaf ${leaf}`, 'a capture stands behind the captures of its seal');
          entries.captures.push(entry);
        } else if (endsSeal(reader.take(entry.toString(), leaf, entries))) {
          const { from, captures } = entries;
          const seal = {
            ...entries,
            to: leaf + 1,
            root: range.roots.get(leaf + 1),
            captures: captures.length,
            keyNumber: reader.keyNumber,
          };
          await (isBroken ? passBroken() : checkSeal(seal, { kind: 'careful', captures })).catch(
            (thrown: unknown) => {
              const why = thrown instanceof Error ? thrown.message : String(thrown);
              faults.add(
                'entry',
                `${folder} leaves ${from} to ${leaf}`,
                `the seal cannot be checked: ${why}`,
              );
            },
          );
          begin(leaf + 1);
        }
      }
      if (entries.from === range.to) return;
      if (isBroken) await passBroken();
      else
        faults.add(
          'conservation',
          `${folder} leaf ${range.to - 1}`,
          'a checkpoint was signed in the middle of a seal',
        );
      begin(range.to);
    },
    async finish() {
      await maintenance.finish(sums.seals, isWhole);
      sums.commits += await reader.finish(sums.seals);
    },
    sums,
    turns,
    streams: () => [...streams.values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1)),
  };
}
