import { tableNames } from '../domain/tables.ts';
import { DAY_MS, isoDay } from '../lib/clock.ts';
import { MAX_SOURCES } from '../proof/maintenance.ts';
import type { Files } from './files.ts';
import type { Lake } from './lake.ts';
import { openOwnFiles } from './maintain/own-files.ts';
import type { OwnFile, OwnFiles } from './maintain/own-files.ts';
import type { RewritePlan } from './maintain/plan.ts';
import { joinFiles } from './maintain/rewrite.ts';
import { sealRewrites } from './maintain/seals.ts';

export interface CompactOptions {
  /** Of the writer's log. */
  readonly origin: string;
  /** Epoch ms; days before this one are closed. */
  readonly now: number;
  /** Fewest files of a table and day that are worth putting together. (Default: 4) */
  readonly least?: number;
  /** Ends it behind what is committed. (Default: nothing does) */
  readonly signal?: AbortSignal | undefined;
}

export interface Compaction {
  /** Files put together, and what came of them. */
  readonly files: number;
  readonly into: number;
  readonly seals: number;
}

/** A file of this many bytes is large enough as it is. */
export const LARGE_BYTES = 16 * 1024 * 1024;
/** Rows of one file: the verifier compares those of tables without bodies as a whole while the old files are there. */
const ROWS = { captures: 500_000, others: 50_000 };

/** Small files of closed days, in groups that will be one file each. */
export function groupFiles(files: readonly OwnFile[], { now, least = 4 }: CompactOptions): OwnFile[][] {
  const today = isoDay(now - (now % DAY_MS));
  const groups: OwnFile[][] = [];
  for (const table of tableNames) {
    const small = files.filter((file) => file.table === table && file.day < today && file.size < LARGE_BYTES);
    for (const day of new Set(small.map((file) => file.day))) {
      const most = table === 'captures' ? ROWS.captures : ROWS.others;
      let [group, rows, bytes]: [OwnFile[], number, number] = [[], 0, 0];
      for (const file of small
        .filter((one) => one.day === day)
        .toSorted((a, b) => a.firstLeaf - b.firstLeaf)) {
        const isFull =
          rows + file.rows > most || bytes + file.size > LARGE_BYTES || group.length === MAX_SOURCES;
        if (isFull) {
          groups.push(group);
          [group, rows, bytes] = [[], 0, 0];
        }
        group.push(file);
        rows += file.rows;
        bytes += file.size;
      }
      groups.push(group);
    }
  }
  return groups.filter((group) => group.length >= Math.max(2, least));
}

async function* rewritesOf(
  own: OwnFiles,
  groups: readonly OwnFile[][],
  signal: AbortSignal | undefined,
): AsyncGenerator<RewritePlan> {
  for (const group of groups) {
    if (signal?.aborted === true) return;
    const columns = [];
    for (const file of group) columns.push(await own.read(file));
    yield joinFiles(group, columns);
  }
}

/**
 * Puts the small files of closed days together, each group in one file, its rows the same and in the same order. The old
 * files stay until `vacuum` removes them.
 *
 * @throws PipelineError TAMPERING when a file is not what the log has.
 */
export async function compact(lake: Lake, files: Files, options: CompactOptions): Promise<Compaction> {
  const own = await openOwnFiles(files, options.origin);
  const groups = groupFiles(own.files, options);
  const seals = await sealRewrites(lake, [], rewritesOf(own, groups, options.signal));
  return { files: groups.flat().length, into: groups.length, seals: seals.length };
}
