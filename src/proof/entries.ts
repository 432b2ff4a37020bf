import { hash } from 'node:crypto';
import { canonical, isMap, parseCanonical } from './canonical.ts';
import type { Json } from './canonical.ts';
import { MAINTENANCE_KINDS, parseOrder, parseRewrite } from './maintenance.ts';
import type { OrderFacts, RewritePart } from './maintenance.ts';
import { MAX_ENTRY_BYTES } from './tiles.ts';

/**
 * The entries of the evidence log, each one canonical JSON text. A seal appends, in this order: its captures, its
 * notes, what its maintenance did (`maintenance.ts`), one `segment` for each Parquet file, and one or more `seal` entries,
 * the last of which ends it.
 */
export interface CaptureFacts {
  readonly source: string;
  readonly stream: string;
  readonly sequence: number;
  /** Epoch ms. */
  readonly enqueuedAt: number | undefined;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly originalSha256: string;
  readonly storedSha256: string;
  /** What was cut out of the body, joined by commas; empty for nothing. */
  readonly redactions: string;
}

/** A Parquet file under the log's protection. */
export interface SegmentFacts {
  readonly seal: number;
  readonly table: string;
  /** Relative to the table's folder. */
  readonly path: string;
  readonly rows: number;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What a seal took in from one stream. */
export interface StreamFacts {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Its source numbers without gaps: a sequence that never came was lost on the way. Left out where it does not. */
  readonly contiguous?: true | undefined;
}

/** The end of a seal. Seals of very many streams take several parts. */
export interface SealPart {
  readonly seal: number;
  readonly part: number;
  readonly parts: number;
  /** Captures in the whole seal. */
  readonly captures: number;
  /** Digest of what the Delta commits of the seal say: `sealDigest`. */
  readonly commit: string;
  readonly streams: readonly StreamFacts[];
}

export type LogEntry =
  | { readonly kind: 'segment'; readonly segment: SegmentFacts }
  | { readonly kind: 'seal'; readonly part: SealPart }
  | { readonly kind: 'order'; readonly order: OrderFacts }
  | { readonly kind: 'rewrite'; readonly rewrite: RewritePart }
  | { readonly kind: 'note'; readonly name: string; readonly note: Json };

/** Kinds that a note may not take. */
export const reservedKinds: readonly string[] = ['capture', 'segment', 'seal', ...MAINTENANCE_KINDS];

/** How every capture entry starts, and no other entry does. */
export const CAPTURE_PREFIX = '{"enqueuedAt":';

const sha256 = (text: string): string => hash('sha256', text, 'hex');

// Half of what an entry can hold, so that the names beside it always fit.
const MAX_REDACTIONS_CHARACTERS = 16_384;

/** Sources, streams and redactions repeat from capture to capture; a text is quoted anew only when it differs. */
function quoter(): (text: string) => string {
  let [last, quoted] = ['', '""'];
  return (text) => {
    if (text !== last) [last, quoted] = [text, JSON.stringify(text)];
    return quoted;
  };
}
const [quotedSource, quotedStream, quotedRedactions] = [quoter(), quoter(), quoter()];

/** Redactions as an entry lists them: a list too long for an entry is stood for by its digest. */
export const listedRedactions = (redactions: string): string =>
  redactions.length <= MAX_REDACTIONS_CHARACTERS ? redactions : `sha256:${sha256(redactions)}`;

/** The entry of a capture. */
export function captureEntry(facts: CaptureFacts): string {
  const listed = listedRedactions(facts.redactions);
  return (
    `${CAPTURE_PREFIX}${facts.enqueuedAt ?? 'null'},"kind":"capture","originalSha256":"${facts.originalSha256}",` +
    `"receivedAt":${facts.receivedAt},"redactions":${quotedRedactions(listed)},"sequence":${facts.sequence},` +
    `"source":${quotedSource(facts.source)},"storedSha256":"${facts.storedSha256}","stream":${quotedStream(facts.stream)}}`
  );
}

export const segmentEntry = (segment: SegmentFacts): string => canonical({ kind: 'segment', ...segment });

export const noteEntry = (name: string, note: Json): string => canonical({ kind: name, note });

/** How a seal's commit names a note. */
export const noteDigest = (name: string, note: Json): string => sha256(noteEntry(name, note));

const sealEntry = (part: SealPart): string =>
  canonical({ kind: 'seal', ...part, streams: part.streams.map((stream) => ({ ...stream })) });

const STREAMS_CHARACTERS_PER_PART = 15_000;

/** Streams, in the order of their names, cut so that each part fits into an entry. */
export function partsOf(streams: readonly StreamFacts[]): StreamFacts[][] {
  const parts: StreamFacts[][] = [[]];
  let characters = 0;
  for (const stream of streams.toSorted((a, b) => (a.stream < b.stream ? -1 : 1))) {
    const length = stream.stream.length + 40;
    if (characters + length > STREAMS_CHARACTERS_PER_PART && characters > 0) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(stream);
    characters += length;
  }
  return parts;
}

/** The entries that end a seal. */
export const sealEntries = (
  facts: Omit<SealPart, 'part' | 'parts' | 'streams'>,
  parts: readonly (readonly StreamFacts[])[],
): string[] => parts.map((streams, i) => sealEntry({ ...facts, part: i + 1, parts: parts.length, streams }));

/** The bytes that go into the log. @throws RangeError when they are more than an entry can hold. */
export function entryBytes(entry: string): Buffer {
  const bytes = Buffer.from(entry);
  if (bytes.length > MAX_ENTRY_BYTES)
    throw new RangeError(`a log entry of ${bytes.length} bytes; 65535 is the most`);
  return bytes;
}

/** Reads any entry but a capture's; undefined when it is none that we write. */
export function parseEntry(text: string): LogEntry | undefined {
  const value = parseCanonical(text);
  if (!isMap(value) || typeof value['kind'] !== 'string') return undefined;
  const { kind, ...rest } = value;
  switch (kind) {
    case 'segment': {
      const segment = rest as unknown as SegmentFacts;
      return segmentEntry(segment) === text ? { kind: 'segment', segment } : undefined;
    }
    case 'seal': {
      if (!Array.isArray(rest['streams'])) return undefined;
      return { kind: 'seal', part: rest as unknown as SealPart };
    }
    case 'order': {
      const order = parseOrder(rest);
      return order === undefined ? undefined : { kind, order };
    }
    case 'rewrite': {
      const rewrite = parseRewrite(rest);
      return rewrite === undefined ? undefined : { kind, rewrite };
    }
    case 'capture':
      return undefined;
    default:
      return rest['note'] === undefined ? undefined : { kind: 'note', name: kind, note: rest['note'] };
  }
}

/** Reads a capture's entry; undefined when it is none. */
export function parseCaptureEntry(text: string): CaptureFacts | undefined {
  if (!text.startsWith(CAPTURE_PREFIX)) return undefined;
  const value = parseCanonical(text);
  if (!isMap(value) || value['kind'] !== 'capture') return undefined;
  const { kind: _kind, ...facts } = value;
  return {
    ...(facts as unknown as CaptureFacts),
    enqueuedAt: (facts['enqueuedAt'] as number | null) ?? undefined,
  };
}
