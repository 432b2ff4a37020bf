import { hash } from 'node:crypto';
import { isMap } from './canonical.ts';
import type { Json } from './canonical.ts';
import { commitFile, parseCapturesCommit } from './commits.ts';
import { CAPTURE_PREFIX, parseEntry } from './entries.ts';
import type { LogEntry, SealPart, SegmentFacts, StreamFacts } from './entries.ts';
import type { Coverage } from './gaps.ts';
import { KEY_NOTE } from './rotation.ts';
import type { StreamCount } from './stream-count.ts';
import { ANCHOR_NOTE, checkReceipt } from './verify-anchors.ts';
import type { CommitIndex } from './verify-commits.ts';
import { text } from './verify-head.ts';
import type { LogPlace } from './verify-head.ts';
import type { LogRange } from './verify-log.ts';
import type { RewritePart } from './maintenance.ts';
import type { MaintenanceCheck } from './verify-maintenance.ts';
import type { FaultList, LakeFiles, ParquetReader } from './verify-port.ts';
import type { CleanRange } from './verify-range.ts';
import { checkCapturesCommit, checkConservation, checkDerivedCommits, countStreams } from './verify-seal.ts';
import type { LoggedSeal } from './verify-seal.ts';
import { checkSegment, reportMissingRows } from './verify-segment.ts';

const isCapture = (entry: Buffer): boolean =>
  entry.toString('latin1', 0, CAPTURE_PREFIX.length) === CAPTURE_PREFIX;

const endsSeal = (entry: LogEntry | undefined): boolean =>
  entry?.kind === 'seal' && entry.part.part === entry.part.parts;

/** Sizes of the log at which seals end, as their entries say. */
export function sealEnds(from: number, entries: LogRange['entries']): number[] {
  const ends: number[] = [];
  for (const [i, entry] of entries.entries()) {
    if (entry !== undefined && !isCapture(entry) && endsSeal(parseEntry(entry.toString())))
      ends.push(from + i + 1);
  }
  return ends;
}

/** Takes entries in, seal by seal, and compares each seal with the tables. */
export interface SealCheck {
  /** Takes in the leaves up to a checkpoint, which ends a seal. */
  take(range: LogRange): Promise<void>;
  /** Takes in a seal whose leaves and rows were looked at already. */
  takeClean(range: CleanRange, root: Buffer): Promise<void>;
  /** Compares the tables' first commits. */
  finish(): Promise<void>;
  readonly sums: Readonly<Record<'seals' | 'captures' | 'segments' | 'rows' | 'bytes' | 'commits', number>>;
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

/** A seal's place in the order of all seals: the version of its commit of `captures`. */
export interface Turn {
  readonly version: number;
  readonly place: string;
  readonly streams: readonly StreamFacts[];
}

/** Several writers may carry a stream one after the other; none may take in what another has. */
export function checkTurns(turns: readonly Turn[], faults: FaultList): void {
  const last = new Map<string, number>();
  for (const { place, streams } of turns.toSorted((a, b) => a.version - b.version)) {
    for (const { stream, first, last: newest } of streams) {
      const before = last.get(stream);
      if (before !== undefined && first <= before) {
        faults.add(
          'conservation',
          place,
          `${stream}: sequence ${first} comes after ${before}, which another writer has: taken in twice`,
        );
      }
      last.set(stream, Math.max(newest, before ?? newest));
    }
  }
}

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
  const sums = { seals: 0, captures: 0, segments: 0, rows: 0, bytes: 0, commits: 0 };
  let lakeNote: Json | undefined;
  let captures: Buffer[] = [];
  let segments: SegmentFacts[] = [];
  let parts: SealPart[] = [];
  let rewrites: { readonly part: RewritePart; readonly isOrdered: boolean }[] = [];
  let from = 0;
  let keyNumber = 0;
  const receipts: (readonly [Json, number])[] = [];
  let isBroken = false;
  let isWhole = true;

  const begin = (leaf: number): void => {
    [captures, segments, parts, rewrites, from, isBroken] = [[], [], [], [], leaf, false];
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
    if (looked.kind === 'clean') {
      // Files that stand for others are counted where they are compared.
      if (rewrites.length === 0) {
        sums.bytes += looked.range.bytes;
        sums.rows += looked.range.rows;
        sums.segments += seal.segments.length;
      }
    } else {
      await checkRows(seal, looked.captures);
    }
    await maintenance.takeSeal({
      seal: number,
      place: `${folder} leaf ${seal.to - 1}`,
      segments: seal.segments,
      rewrites,
      removes: commit === undefined ? 'unknown' : commit.facts.removes,
    });
    sums.seals = number;
    sums.captures += seal.captures;
  };

  const checkRows = async (seal: LoggedSeal, entries: readonly Buffer[]): Promise<void> => {
    const rows = { from: seal.from, entries, seen: new Uint8Array(entries.length) };
    let [isAllRead, isLacking] = [true, false];
    const standing = new Set(rewrites.map(({ part }) => part.into));
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

  /** An entry of another kind than a capture's. */
  const takeEntry = (entry: string, leaf: number): LogEntry | undefined => {
    const parsed = parseEntry(entry);
    switch (parsed?.kind) {
      case undefined:
        faults.add('entry', `${folder} leaf ${leaf}`, 'it is no entry that this product writes');
        break;
      case 'note':
        if (parsed.name === 'lake') lakeNote ??= parsed.note;
        if (parsed.name === KEY_NOTE) takeRotation(parsed.note, leaf);
        if (parsed.name === ANCHOR_NOTE) receipts.push([parsed.note, leaf]);
        break;
      case 'segment':
        segments.push(parsed.segment);
        break;
      case 'seal':
        parts.push(parsed.part);
        break;
      case 'order':
        maintenance.takeOrder(parsed.order, entry);
        break;
      case 'rewrite':
        rewrites.push({ part: parsed.rewrite, isOrdered: maintenance.knowsOrder(parsed.rewrite.order) });
        break;
    }
    return parsed;
  };

  /** From here on only the next key may sign. */
  const takeRotation = (note: Json, leaf: number): void => {
    const expected = log.chain.rotations[keyNumber];
    if (expected !== undefined && isMap(note) && note['rotation'] === expected.note) keyNumber++;
    else
      faults.add(
        'key',
        `${folder} leaf ${leaf}`,
        `a change of keys that is not the one in ${folder}/keys/${keyNumber + 1}`,
      );
  };

  return {
    get keyNumber() {
      return keyNumber;
    },
    async takeClean(range, root) {
      const to = from + range.leaves;
      for (const [i, entry] of range.entries.entries()) takeEntry(entry, to - range.entries.length + i);
      await checkSeal(
        { from, to, root, captures: range.captures, segments, parts },
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
          if (segments.length + parts.length > 0)
            faults.add('entry', `${folder} leaf ${leaf}`, 'a capture stands behind the captures of its seal');
          captures.push(entry);
        } else {
          const parsed = takeEntry(entry.toString(), leaf);
          if (endsSeal(parsed)) {
            const root = range.roots.get(leaf + 1);
            const seal = { from, to: leaf + 1, root, captures: captures.length, segments, parts };
            const looked = { kind: 'careful', captures } as const;
            await (isBroken ? passBroken() : checkSeal(seal, looked)).catch((thrown: unknown) => {
              const why = thrown instanceof Error ? thrown.message : String(thrown);
              faults.add(
                'entry',
                `${folder} leaves ${from} to ${leaf}`,
                `the seal cannot be checked: ${why}`,
              );
            });
            begin(leaf + 1);
          }
        }
      }
      if (from === range.to) return;
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
      for (const [note, leaf] of receipts) await checkReceipt(files, folder, note, leaf, faults);
      await maintenance.finish(sums.seals, isWhole);
      const digests = isMap(lakeNote) && isMap(lakeNote['tables']) ? lakeNote['tables'] : {};
      if (sums.seals > 0 && lakeNote === undefined && faults.count === 0) {
        faults.add('entry', `${folder} leaf 0`, 'the first seal does not say how the tables were made');
      }
      for (const [table, digest] of Object.entries(digests)) {
        const place = `${table}/_delta_log/${commitFile(0)}`;
        const bytes = await files.read(place);
        sums.commits++;
        if (bytes === undefined) faults.add('commit', place, 'the first commit of the table is missing');
        else if (hash('sha256', bytes, 'hex') !== digest)
          faults.add('commit', place, 'it was changed since the table was made');
      }
    },
    sums,
    turns,
    streams: () => [...streams.values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1)),
  };
}
