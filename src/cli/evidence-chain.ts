import { sha256Hex } from '../lib/hash.ts';
import type { JsonMap } from '../proof/canonical.ts';
import { captureEntry, parseCaptureEntry, parseEntry } from '../proof/entries.ts';
import { createLogReader, liveSegments, mayHoldLeaf, readSeals } from '../proof/evidence.ts';
import type { LiveSegment, LogReader, SealRef } from '../proof/evidence.ts';
import type { CaptureRow, LakeFiles } from '../proof/verify-port.ts';
import type { Files } from '../store/files.ts';
import { singleRows } from './evidence-rows.ts';
import type { Standing } from './evidence-rows.ts';
import { word } from './evidence-text.ts';

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
  rows(table: string, wants: (values: JsonMap) => boolean): AsyncGenerator<Standing>;
  /** The finding of an id; undefined when there is none. */
  findingWith(id: string): Promise<Standing | undefined>;
  /** What a finding rests on. */
  chainOf(finding: Standing): Promise<FindingChain>;
  /** The log entry of a Parquet file. */
  segmentEntry(segment: LiveSegment): Promise<Logged | undefined>;
}

/**
 * @param lake the same files, which are read piece by piece where single rows are looked for.
 */
export async function openEvidence(files: LakeFiles, lake: Files): Promise<EvidenceLake> {
  const seals = await readSeals(files);
  const segments = liveSegments(seals);
  const log = createLogReader(files, seals);
  const { rowsWith, captures } = singleRows(lake, segments);

  const rows: EvidenceLake['rows'] = async function* (table, wants) {
    // A reader of any Parquet is needed where all rows are looked at, and nowhere else.
    const { tableRows } = await import('../verifier/parquet/rows.ts');
    const { pageCompressors } = await import('../verifier/parquet/zstd-page.ts');
    for (const segment of segments) {
      if (segment.table !== table) continue;
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
    const facts = text === undefined ? undefined : parseCaptureEntry(text);
    if (text === undefined || facts === undefined) return undefined;
    for await (const row of captures(facts, leaf))
      if (row.leaf === leaf && captureEntry(row) === text) return { origin, leaf, text, row };
    return undefined;
  };

  /** The newest note of a kind as of a seal. Seals carry the digest of it: it stands in the first that has it. */
  const noteOf = async (seal: SealRef, kind: string): Promise<Logged | undefined> => {
    const digest = seal.facts.notes[kind];
    if (digest === undefined) return undefined;
    let noted = seal;
    for (const earlier of seals.slice(0, seals.indexOf(seal)).toReversed()) {
      if (earlier.origin !== seal.origin) continue;
      if (earlier.facts.notes[kind] !== digest) break;
      noted = earlier;
    }
    for (const { leaf, text } of await log.behindCaptures(noted))
      if (sha256Hex(text) === digest) return { origin: noted.origin, leaf, text };
    return undefined;
  };

  return {
    files,
    seals,
    log,
    rows,
    findingWith: (id) => first(rowsWith('findings', 'id', id)),
    async chainOf(finding) {
      const { values, segment } = finding;
      const leaf = Number(values['leaf']);
      const mayHold = (candidate: LiveSegment): boolean => mayHoldLeaf(candidate, leaf);
      const decisions: Standing[] = [];
      for await (const decision of rowsWith('decisions', 'subject', word(values['assertion'])))
        decisions.push(decision);
      return {
        finding,
        event: await first(rowsWith('events', 'id', word(values['event_id']), mayHold)),
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
