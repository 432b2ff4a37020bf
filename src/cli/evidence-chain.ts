import { sha256Hex } from '../lib/hash.ts';
import type { JsonMap } from '../proof/canonical.ts';
import { captureEntry, parseEntry } from '../proof/entries.ts';
import { createLogReader, liveSegments, mayHoldLeaf, readSeals } from '../proof/evidence.ts';
import type { LiveSegment, LogReader, SealRef } from '../proof/evidence.ts';
import type { CaptureRow, LakeFiles } from '../proof/verify-port.ts';
import { captureReader } from '../verifier/parquet/captures.ts';
import { tableRows } from '../verifier/parquet/rows.ts';
import { pageCompressors } from '../verifier/parquet/zstd-page.ts';

/** A row of a table, and where it stands. */
export interface Standing {
  readonly segment: LiveSegment;
  /** Counts from 0. */
  readonly row: number;
  readonly values: JsonMap;
}

/** A leaf of a log and its entry. */
export interface Logged {
  readonly origin: string;
  readonly leaf: number;
  readonly text: string;
}

/** Everything that a finding rests on. */
export interface FindingChain {
  readonly finding: Standing;
  readonly event: Standing | undefined;
  readonly capture: (Logged & { readonly row: CaptureRow }) | undefined;
  /** Which rule pack and mappings ran when the finding was sealed. */
  readonly pack: Logged | undefined;
  /** Approved exceptions and attestations that name its assertion. */
  readonly decisions: readonly Standing[];
}

/** A lake as evidence is taken out of it. */
export interface EvidenceLake {
  readonly files: LakeFiles;
  readonly seals: readonly SealRef[];
  readonly log: LogReader;
  /** Rows of a table that are wanted, file by file. */
  rows(
    table: string,
    wants: (values: JsonMap) => boolean,
    mayHold?: (segment: LiveSegment) => boolean,
  ): AsyncGenerator<Standing>;
  /** What a finding rests on. */
  chainOf(finding: Standing): Promise<FindingChain>;
  /** The log entry of a Parquet file. */
  segmentEntry(segment: LiveSegment): Promise<Logged | undefined>;
}

const parquet = captureReader(pageCompressors);

export async function openEvidence(files: LakeFiles): Promise<EvidenceLake> {
  const seals = await readSeals(files);
  const segments = liveSegments(seals);
  const log = createLogReader(files, seals);

  const rows: EvidenceLake['rows'] = async function* (table, wants, mayHold = () => true) {
    for (const segment of segments) {
      if (segment.table !== table || !mayHold(segment)) continue;
      const bytes = await files.read(segment.path);
      if (bytes === undefined) continue;
      for (const [row, values] of (await tableRows(bytes, pageCompressors)).entries())
        if (wants(values)) yield { segment, row, values };
    }
  };

  const first = async (found: AsyncGenerator<Standing>): Promise<Standing | undefined> => {
    for await (const one of found) return one;
    return undefined;
  };

  /** The row that is, as the log writes it, the entry of the leaf. */
  const captureOf = async (origin: string, leaf: number): Promise<FindingChain['capture']> => {
    const text = await log.entry(origin, leaf);
    if (text === undefined) return undefined;
    for (const segment of segments) {
      if (segment.table !== 'captures' || !mayHoldLeaf(segment, leaf)) continue;
      const bytes = await files.read(segment.path);
      if (bytes === undefined) continue;
      for await (const some of parquet.captures(bytes)) {
        const row = some.find((one) => one.leaf === leaf && captureEntry(one) === text);
        if (row !== undefined) return { origin, leaf, text, row };
      }
    }
    return undefined;
  };

  /** The newest note of a kind as of a seal: seals carry the digest of it, so the search knows when it is there. */
  const noteOf = async (seal: SealRef, kind: string): Promise<Logged | undefined> => {
    const digest = seal.facts.notes[kind];
    if (digest === undefined) return undefined;
    for (const earlier of seals.slice(0, seals.indexOf(seal) + 1).toReversed()) {
      if (earlier.facts.notes[kind] !== digest) continue;
      for (const { leaf, text } of await log.behindCaptures(earlier))
        if (sha256Hex(text) === digest) return { origin: earlier.origin, leaf, text };
    }
    return undefined;
  };

  return {
    files,
    seals,
    log,
    rows,
    async chainOf(finding) {
      const { values, segment } = finding;
      const leaf = Number(values['leaf']);
      const mayHold = (candidate: LiveSegment): boolean => mayHoldLeaf(candidate, leaf);
      const decisions: Standing[] = [];
      for await (const decision of rows('decisions', ({ subject }) => subject === values['assertion']))
        decisions.push(decision);
      return {
        finding,
        event: await first(rows('events', ({ id }) => id === values['event_id'], mayHold)),
        capture: await captureOf(segment.seal.origin, leaf),
        pack: await noteOf(segment.seal, 'pack'),
        decisions,
      };
    },
    async segmentEntry({ seal, table, add }) {
      for (const { leaf, text } of await log.behindCaptures(seal)) {
        const entry = parseEntry(text);
        if (entry?.kind === 'segment' && entry.segment.table === table && entry.segment.path === add.path)
          return { origin: seal.origin, leaf, text };
      }
      return undefined;
    },
  };
}
