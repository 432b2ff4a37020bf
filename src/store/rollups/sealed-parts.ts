import { tableNames } from '../../domain/tables.ts';
import type { TableName } from '../../domain/tables.ts';
import { writerOf } from '../../proof/commits.ts';
import { ownerOfFile } from '../segment-name.ts';
import type { LiveFile, Snapshot } from '../snapshot.ts';
import type { TailRows } from '../tail/messages.ts';
import { rowsOf } from './read-sums.ts';
import type { TableFiles } from './read-sums.ts';

const rowCounts = ({ captures, events, findings, observations, deadLetters }: TailRows) => ({
  captures,
  events: events.reduce((sum, minute) => sum + minute.events, 0),
  findings: findings.length,
  observations: observations.length,
  dead_letters: deadLetters.reduce((sum, [, count]) => sum + count, 0),
});

/**
 * Splits new files into those of seals whose rows are known from the tail, as many as the log says, and those that have
 * to be read.
 */
export function sealedParts(
  added: TableFiles,
  { writers }: Snapshot,
  tailOf: (origin: string, seal: number) => TailRows | undefined,
): { readonly known: readonly TailRows[]; readonly unknown: TableFiles } {
  const origins = new Map([...writers.keys()].map((origin) => [writerOf(origin), origin]));
  const sealOf = (file: LiveFile): string => {
    const owner = ownerOfFile(file.path);
    return owner === undefined ? '' : `${owner.seal} ${owner.writer}`;
  };
  const seals = new Set(tableNames.flatMap((table) => added[table].map(sealOf)));
  const known = new Map<string, TailRows>();
  for (const seal of seals) {
    const [number = '', writer = ''] = seal.split(' ');
    const origin = origins.get(writer);
    const rows = origin === undefined ? undefined : tailOf(origin, Number(number));
    if (rows === undefined) continue;
    const isWhole = Object.entries(rowCounts(rows)).every(
      ([table, count]) => rowsOf(added[table as TableName].filter((file) => sealOf(file) === seal)) === count,
    );
    if (isWhole) known.set(seal, rows);
  }
  const rest: Partial<Record<TableName, readonly LiveFile[]>> = {};
  for (const table of tableNames) rest[table] = added[table].filter((file) => !known.has(sealOf(file)));
  return { known: [...known.values()], unknown: rest as TableFiles };
}
