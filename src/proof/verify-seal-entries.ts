import { hash } from 'node:crypto';
import { isMap } from './canonical.ts';
import type { Json } from './canonical.ts';
import { commitFile } from './commits.ts';
import { CAPTURE_PREFIX, parseEntry } from './entries.ts';
import type { LogEntry, SealPart, SegmentFacts } from './entries.ts';
import type { RewritePart } from './maintenance.ts';
import { KEY_NOTE } from './rotation.ts';
import { ANCHOR_NOTE, checkReceipt } from './verify-anchors.ts';
import type { LogPlace } from './verify-head.ts';
import type { LogRange } from './verify-log.ts';
import type { MaintenanceCheck } from './verify-maintenance.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

export const isCapture = (entry: Buffer): boolean =>
  entry.toString('latin1', 0, CAPTURE_PREFIX.length) === CAPTURE_PREFIX;

export const endsSeal = (entry: LogEntry | undefined): boolean =>
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

/** What the entries of one seal say so far. */
export interface SealEntries {
  /** Its first leaf. */
  readonly from: number;
  readonly captures: Buffer[];
  readonly segments: SegmentFacts[];
  readonly parts: SealPart[];
  readonly rewrites: { readonly part: RewritePart; readonly isOrdered: boolean }[];
}

export const noEntries = (from: number): SealEntries => ({
  from,
  captures: [],
  segments: [],
  parts: [],
  rewrites: [],
});

/** Reads entries of other kinds than a capture's, and keeps what they say of the whole log. */
export interface EntryReader {
  /** Takes an entry into the seal that it is of. */
  take(entry: string, leaf: number, seal: SealEntries): LogEntry | undefined;
  /** Changes of keys so far: the key that may sign now. */
  readonly keyNumber: number;
  /** Compares what entries say of other files: receipts of anchors, and the tables' first commits. Answers how many of those. */
  finish(seals: number): Promise<number>;
}

export function createEntryReader(
  files: LakeFiles,
  { folder, chain, takeNote }: LogPlace,
  maintenance: MaintenanceCheck,
  faults: FaultList,
): EntryReader {
  const receipts: (readonly [Json, number])[] = [];
  let lakeNote: Json | undefined;
  let keyNumber = 0;

  /** From here on only the next key may sign. */
  const takeRotation = (note: Json, leaf: number): void => {
    const expected = chain.rotations[keyNumber];
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
    take(entry, leaf, seal) {
      const parsed = parseEntry(entry);
      switch (parsed?.kind) {
        case undefined:
          faults.add('entry', `${folder} leaf ${leaf}`, 'it is no entry that this product writes');
          break;
        case 'note':
          if (parsed.name === 'lake') lakeNote ??= parsed.note;
          takeNote?.(parsed.name, parsed.note);
          if (parsed.name === KEY_NOTE) takeRotation(parsed.note, leaf);
          if (parsed.name === ANCHOR_NOTE) receipts.push([parsed.note, leaf]);
          break;
        case 'segment':
          seal.segments.push(parsed.segment);
          break;
        case 'seal':
          seal.parts.push(parsed.part);
          break;
        case 'order':
          maintenance.takeOrder(parsed.order, entry);
          break;
        case 'rewrite':
          seal.rewrites.push({
            part: parsed.rewrite,
            isOrdered: maintenance.knowsOrder(parsed.rewrite.order),
          });
          break;
      }
      return parsed;
    },
    async finish(seals) {
      for (const [note, leaf] of receipts) await checkReceipt(files, folder, note, leaf, faults);
      const digests = isMap(lakeNote) && isMap(lakeNote['tables']) ? lakeNote['tables'] : {};
      if (seals > 0 && lakeNote === undefined && faults.count === 0)
        faults.add('entry', `${folder} leaf 0`, 'the first seal does not say how the tables were made');
      for (const [table, digest] of Object.entries(digests)) {
        const place = `${table}/_delta_log/${commitFile(0)}`;
        const bytes = await files.read(place);
        if (bytes === undefined) faults.add('commit', place, 'the first commit of the table is missing');
        else if (hash('sha256', bytes, 'hex') !== digest)
          faults.add('commit', place, 'it was changed since the table was made');
      }
      return Object.keys(digests).length;
    },
  };
}
