import type { SegmentFacts } from './entries.ts';
import { countSpans } from './maintenance.ts';
import type { OrderAct, RewriteFacts } from './maintenance.ts';
import type { FaultList } from './verify-port.ts';

/** `day=2026-03-02` of a path relative to its table. */
export const dayOf = (path: string): string => path.slice(0, path.indexOf('/'));

/** What a rewrite is held against. */
export interface RewriteContext {
  /** Files of this log that are in the tables now, by path. */
  readonly live: ReadonlyMap<string, SegmentFacts>;
  /** What the order that it names asks for; undefined when the log has no such order. */
  readonly act: OrderAct | undefined;
  /** True when its order stood in the log before it. */
  readonly isOrdered: boolean;
  /** Where faults are reported. */
  readonly place: string;
}

/** What a rewrite says of itself that cannot be. */
function contradictions(
  { act, table, from, order, removed, changed, emptied, cut }: RewriteFacts,
  into: SegmentFacts | undefined,
  { act: ordered, isOrdered }: RewriteContext,
): string[] {
  const found: string[] = [];
  const losses = removed.length + changed.length + emptied.length + cut.length;
  if (act === 'compact' ? losses > 0 || order !== null : !isOrdered)
    found.push(`rows or messages of ${table} were taken away, and no order in the log says so`);
  else if (act !== 'compact' && ordered !== act)
    found.push(`what was done to ${table} is not what its order says`);
  const rows = from.reduce((sum, source) => sum + source.rows, 0);
  const [less, other] = [countSpans(removed, rows), countSpans(changed, rows)];
  if (less === undefined || other === undefined)
    found.push(`the rows that it names of ${table} are none of the files`);
  else if ((into?.rows ?? 0) !== rows - less)
    found.push(
      `${rows} rows of ${table}, less ${less} by order, are not the ${into?.rows ?? 0} of the new file`,
    );
  if (table === 'captures' && (less ?? 0) + (other ?? 0) > 0)
    found.push('a message may lose its body by order, and never its row');
  if (table !== 'captures' && emptied.length + cut.length > 0) found.push(`rows of ${table} have no bodies`);
  return found;
}

/** Whether a rewrite is one that may be: its sources are this log's, its order is there, its numbers add up. */
export function isSound(
  rewrite: RewriteFacts,
  into: SegmentFacts | undefined,
  context: RewriteContext,
  faults: FaultList,
): boolean {
  const { table, from } = rewrite;
  const found: string[] = [];
  for (const { path, rows, sha256 } of from) {
    const source = context.live.get(`${table}/${path}`);
    if (source?.sha256 !== sha256 || source.rows !== rows)
      found.push(`it takes out ${table}/${path}, which is no file of this log as it says`);
  }
  if (new Set(from.map(({ path }) => path)).size !== from.length || from.length === 0)
    found.push(`what it takes out of ${table} is nothing, or one file twice`);
  const days = new Set([...from, ...(into === undefined ? [] : [into])].map(({ path }) => dayOf(path)));
  if (days.size > 1) found.push(`it moves rows of ${table} from one day to another`);
  if (rewrite.into !== null && into === undefined) found.push(`the new file of ${table} has no entry`);
  found.push(...contradictions(rewrite, into, context));
  for (const what of found) faults.add('maintenance', context.place, what);
  return found.length === 0;
}
