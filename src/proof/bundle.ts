import { hash } from 'node:crypto';
import { canonical, isMap, parseCanonical } from './canonical.ts';
import type { Json, JsonMap } from './canonical.ts';

/**
 * Evidence taken out of a lake so that it proves itself: a folder with the log entries it rests on, the proof of each, what
 * they stand for, and the checkpoints and keys. `bundle.json` lists every file with its digest; `bundle.note` has the digest
 * of that, signed where the exporter had the key.
 */
export const BUNDLE_FORMAT = 'plumbline evidence bundle v1';
export const BUNDLE_LIST = 'bundle.json';
export const BUNDLE_NOTE = 'bundle.note';

/** One leaf of a log, and what it stands for. Paths are within the bundle. */
export interface BundleItem {
  /** The writer's log: the lake's origin, a slash, the writer's name. */
  readonly origin: string;
  readonly leaf: number;
  /** The entry as the log has it. */
  readonly entry: string;
  /** A C2SP `.tlog-proof`. */
  readonly proof: string;
  /** The body of a capture, or the Parquet file of a segment; none for other entries. */
  readonly content?: string | undefined;
}

/** A row that is quoted in the bundle, and the file that it stands in. */
export interface BundleRow {
  /** The Parquet file. */
  readonly file: string;
  /** Counts from 0. */
  readonly row: number;
  readonly values: JsonMap;
}

export interface Bundle {
  readonly format: typeof BUNDLE_FORMAT;
  readonly origin: string;
  /** SHA-256, hex, of every other file but the note. */
  readonly files: Readonly<Record<string, string>>;
  readonly items: readonly BundleItem[];
  readonly rows: readonly BundleRow[];
}

export const bundleText = (bundle: Bundle): string => `${canonical(bundle as unknown as Json)}\n`;

/** The text that the note has, signed or not. */
export const bundleNoteText = (origin: string, list: Uint8Array): string =>
  `${origin}\n${BUNDLE_FORMAT}\n${hash('sha256', list, 'buffer').toString('base64')}\n`;

const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isItem = (item: Json): boolean =>
  isMap(item) &&
  ['origin', 'entry', 'proof'].every((name) => typeof item[name] === 'string') &&
  ['string', 'undefined'].includes(typeof item['content']) &&
  isIndex(item['leaf']);

const isRow = (row: Json): boolean =>
  isMap(row) && typeof row['file'] === 'string' && isIndex(row['row']) && isMap(row['values']);

/** Reads `bundle.json`; undefined unless it is a list as we write them, spelt as we spell it. */
export function parseBundle(list: Uint8Array): Bundle | undefined {
  const text = Buffer.from(list).toString();
  const value = text.endsWith('\n') ? parseCanonical(text.slice(0, -1)) : undefined;
  if (!isMap(value) || value['format'] !== BUNDLE_FORMAT || typeof value['origin'] !== 'string')
    return undefined;
  const { files, items, rows } = value;
  if (!isMap(files) || !Object.values(files).every((digest) => typeof digest === 'string')) return undefined;
  if (!Array.isArray(items) || !items.every(isItem)) return undefined;
  if (!Array.isArray(rows) || !rows.every(isRow)) return undefined;
  return value as unknown as Bundle;
}
