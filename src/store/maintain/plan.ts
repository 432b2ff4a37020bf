import type { ColumnValue, TableName } from '../../domain/tables.ts';
import { tableNames } from '../../domain/tables.ts';
import type { RemoveAction, SealFacts, SealOperation } from '../../proof/commits.ts';
import { MAX_SOURCES, orderEntry, rewriteEntries } from '../../proof/maintenance.ts';
import type { OrderFacts, RewriteFacts } from '../../proof/maintenance.ts';
import type { FilePlan, SealPlan } from '../batch.ts';

/** One new file in place of others of the same table and day. */
export interface RewritePlan {
  readonly table: TableName;
  readonly day: string;
  /** `into` follows from the bytes of the new file. */
  readonly facts: Omit<RewriteFacts, 'into' | 'table'>;
  /** Bytes of the files taken out, by path. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The new file's rows as columns; undefined when no row is left. */
  readonly columns: readonly ColumnValue[][] | undefined;
}

/** A seal that takes nothing in: files of its writer are taken out, others put in. */
export interface MaintenancePlan {
  readonly orders: readonly OrderFacts[];
  readonly rewrites: readonly RewritePlan[];
}

const isLossless = ({ rewrites }: MaintenancePlan): boolean =>
  rewrites.every(({ facts }) => facts.act === 'compact');

export const operationOf = (plan: MaintenancePlan): SealOperation =>
  isLossless(plan) ? 'OPTIMIZE' : 'DELETE';

/** The new files, in the order of tables; which rewrite each is of. */
export function filesOf({ rewrites }: MaintenancePlan): { file: FilePlan; rewrite: RewritePlan }[] {
  return tableNames.flatMap((table) =>
    rewrites
      .filter((rewrite) => rewrite.table === table)
      .flatMap((rewrite) => {
        const { columns, day } = rewrite;
        return columns === undefined ? [] : [{ table, day, columns, rewrite }];
      })
      .map(({ rewrite, columns, day }, n) => ({
        rewrite,
        file: { table, n, day, columns, from: 0, to: columns[0]?.length ?? 0 },
      })),
  );
}

/** The entries of the log, once it is known what each new file hashes to. */
export const entriesOf = (
  { orders, rewrites }: MaintenancePlan,
  intoOf: (rewrite: RewritePlan) => string | null,
): string[] => [
  ...orders.map(orderEntry),
  ...rewrites.flatMap((rewrite) =>
    rewriteEntries({ ...rewrite.facts, table: rewrite.table, into: intoOf(rewrite) }),
  ),
];

/** What the commits take out. */
export function removesOf({ rewrites }: MaintenancePlan, time: number): SealFacts['removes'] {
  const removes: Record<string, RemoveAction[]> = {};
  for (const { table, day, facts, sizes } of rewrites) {
    for (const { path } of facts.from) {
      (removes[table] ??= []).push({
        path,
        partitionValues: { day },
        size: sizes.get(path) ?? 0,
        deletionTimestamp: time,
        extendedFileMetadata: true,
        dataChange: facts.act !== 'compact',
      });
    }
  }
  return removes;
}

/** The seal of a plan. How many entries it has is known before a byte of it is written. */
export function sealPlanOf(plan: MaintenancePlan, firstLeaf: number): SealPlan {
  if (plan.rewrites.some(({ facts }) => facts.from.length > MAX_SOURCES))
    throw new RangeError(`a rewrite of more than ${MAX_SOURCES} files`);
  const files = filesOf(plan).map(({ file }) => file);
  const entries = entriesOf(plan, () => null).length;
  const rows = (table: TableName): number =>
    files.reduce((sum, file) => sum + (file.table === table ? file.to : 0), 0);
  return {
    firstLeaf,
    captureEntries: [],
    notes: [],
    files,
    streams: [[]],
    rows: Object.fromEntries(tableNames.map((name) => [name, rows(name)])) as SealPlan['rows'],
    nextLeaf: firstLeaf + entries + files.length + 1,
    maintenance: plan,
  };
}
