import { hash } from 'node:crypto';
import { canonical, isMap } from './canonical.ts';
import type { Json, JsonMap } from './canonical.ts';

/**
 * What maintenance writes into the log. An `order` says who wanted data gone, and why; a `rewrite` says which files one
 * new file stands for, and what of their rows is not in it any more. A seal has its orders first, then its rewrites, then
 * the `segment` entries of the new files.
 */
export type OrderAct = 'retain' | 'erase';

/** Why data goes: a decision of people, or a rule of retention. */
export interface OrderFacts {
  readonly act: OrderAct;
  /** The decision's own name, or that of the run that applied the rules. */
  readonly id: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
  /** What was applied, in words that name no person: rules and their periods. */
  readonly rules: readonly string[];
  /** SHA-256, hex, of the file that says so in full. */
  readonly basis: string;
}

/** From the first to the last, both included. */
export type Span = readonly [first: number, last: number];

export type RewriteAct = 'compact' | OrderAct;

/** A file that a rewrite takes out. */
export interface RewriteSource {
  /** Relative to the table's folder. */
  readonly path: string;
  readonly rows: number;
  readonly sha256: string;
}

/** One new file in place of others. Row numbers count from 0 through all sources, in their order. */
export interface RewriteFacts {
  readonly act: RewriteAct;
  readonly table: string;
  readonly from: readonly RewriteSource[];
  /** SHA-256 of the new file, hex; null when no row is left. */
  readonly into: string | null;
  /** SHA-256, hex, of the entry of the order; null for compaction, which loses nothing. */
  readonly order: string | null;
  /** Rows that are gone. */
  readonly removed: readonly Span[];
  /** Rows of which texts are pseudonymised. */
  readonly changed: readonly Span[];
  /** Leaves of captures whose bodies are gone. */
  readonly emptied: readonly Span[];
  /** Leaves of captures whose bodies were cut, with the digest of what is left. */
  readonly cut: readonly (readonly [leaf: number, sha256: string])[];
}

/** What fits into one entry; a rewrite of more takes several, one behind the other. */
export interface RewritePart extends RewriteFacts {
  readonly part: number;
  readonly parts: number;
}

export const MAINTENANCE_KINDS: readonly string[] = ['order', 'rewrite'];

/** Columns in which maintenance may pseudonymise texts; keys, digests and places stay, or nothing could be followed. */
export const FIXED_COLUMNS: readonly string[] = [
  'id',
  'leaf',
  'record',
  'time',
  'sequence',
  'received_at',
  'valid_from',
  'expires',
  'valid_until',
  'event_id',
  'detection_id',
  'detection_version',
  'class',
  'event_class',
  'assertion',
  'result',
  'level',
  'severity',
  'outcome',
];

export const orderEntry = (order: OrderFacts): string => canonical({ kind: 'order', ...order });

/** Names an order in the rewrites that carry it out. */
export const orderDigest = (order: OrderFacts): string => hash('sha256', orderEntry(order), 'hex');

const rewriteEntry = (part: RewritePart): string =>
  canonical({ kind: 'rewrite', ...(part as unknown as JsonMap) });

/** Sources a rewrite may have: their names have to fit into its first entry. */
export const MAX_SOURCES = 150;
/** Spans and cuts of one entry: none is longer than a hundred characters. */
const LISTED_PER_ENTRY = 300;

/** The entries of a rewrite; how many there are does not depend on `into`. */
export function rewriteEntries(facts: RewriteFacts): string[] {
  const lists = ['removed', 'changed', 'emptied', 'cut'] as const;
  type Parts = Record<(typeof lists)[number], unknown[]>;
  const empty = (): Parts => ({ removed: [], changed: [], emptied: [], cut: [] });
  const parts: Parts[] = [empty()];
  let listed = 0;
  for (const list of lists) {
    for (const item of facts[list]) {
      if (listed === LISTED_PER_ENTRY) {
        parts.push(empty());
        listed = 0;
      }
      parts.at(-1)?.[list].push(item);
      listed++;
    }
  }
  return parts.map((part, i) =>
    rewriteEntry({
      ...facts,
      ...(part as unknown as Pick<RewriteFacts, (typeof lists)[number]>),
      from: i === 0 ? facts.from : [],
      part: i + 1,
      parts: parts.length,
    }),
  );
}

const isText = (value: Json | undefined): value is string => typeof value === 'string';
const isCount = (value: Json | undefined): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const spans = (value: Json | undefined): value is Span[] & Json =>
  Array.isArray(value) &&
  value.every(
    (span) =>
      Array.isArray(span) &&
      span.length === 2 &&
      isCount(span[0] as Json) &&
      isCount(span[1] as Json) &&
      Number(span[0]) <= Number(span[1]),
  );

const cuts = (value: Json | undefined): boolean =>
  Array.isArray(value) &&
  value.every(
    (cut) => Array.isArray(cut) && cut.length === 2 && isCount(cut[0] as Json) && isText(cut[1] as Json),
  );

const isSource = (value: Json): boolean =>
  isMap(value) && isText(value['path']) && isCount(value['rows']) && isText(value['sha256']);

/** Reads an order out of an entry's members; undefined when it is none. */
export function parseOrder(rest: JsonMap): OrderFacts | undefined {
  const { act, id, reason, requestedBy, approvedBy, basis, rules } = rest;
  if (act !== 'retain' && act !== 'erase') return undefined;
  if (![id, reason, requestedBy, approvedBy, basis].every(isText)) return undefined;
  return Array.isArray(rules) && rules.every(isText) ? (rest as unknown as OrderFacts) : undefined;
}

/** Reads a part of a rewrite out of an entry's members; undefined when it is none. */
export function parseRewrite(rest: JsonMap): RewritePart | undefined {
  const { act, table, from, into, order, part, parts } = rest;
  if (act !== 'compact' && act !== 'retain' && act !== 'erase') return undefined;
  if (!isText(table) || !(into === null || isText(into)) || !(order === null || isText(order)))
    return undefined;
  if (!isCount(part) || !isCount(parts) || part < 1 || part > parts) return undefined;
  if (!Array.isArray(from) || !(from as readonly Json[]).every(isSource)) return undefined;
  const isListed =
    spans(rest['removed']) && spans(rest['changed']) && spans(rest['emptied']) && cuts(rest['cut']);
  return isListed ? (rest as unknown as RewritePart) : undefined;
}

/** Puts the parts of rewrites together; undefined when they do not follow one another. */
export function joinRewrites(parts: readonly RewritePart[]): RewriteFacts[] | undefined {
  const joined: RewriteFacts[] = [];
  let expected = 1;
  for (const { part, parts: of, ...facts } of parts) {
    if (part !== expected) return undefined;
    expected = part === of ? 1 : part + 1;
    const before = joined.at(-1);
    if (part === 1 || before === undefined) {
      joined.push(facts);
      continue;
    }
    if (before.into !== facts.into || before.table !== facts.table || before.order !== facts.order)
      return undefined;
    joined[joined.length - 1] = {
      ...before,
      removed: [...before.removed, ...facts.removed],
      changed: [...before.changed, ...facts.changed],
      emptied: [...before.emptied, ...facts.emptied],
      cut: [...before.cut, ...facts.cut],
    };
  }
  return expected === 1 ? joined : undefined;
}

/** Numbers in growing order as spans. */
export function spansOf(numbers: Iterable<number>): Span[] {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}

/** How many numbers spans hold; undefined when one overlaps another, goes back, or reaches `below`. */
export function countSpans(list: readonly Span[], below: number): number | undefined {
  let [count, next] = [0, 0];
  for (const [first, last] of list) {
    if (first < next || last >= below) return undefined;
    count += last - first + 1;
    next = last + 1;
  }
  return count;
}
