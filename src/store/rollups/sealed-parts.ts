import { tableNames } from '../../domain/tables.ts';
import type { TableName } from '../../domain/tables.ts';
import { writerOf } from '../../proof/commits.ts';
import { ownerOfFile } from '../segment-name.ts';
import type { LiveFile, Snapshot } from '../snapshot.ts';
import type { WaitingPart } from '../tail/waiting-part.ts';
import { rowsOf } from './read-sums.ts';
import type { TableFiles } from './read-sums.ts';

/**
 * Splits new files into those of seals that are known from the tail, with as many rows as the log says, and those that have
 * to be read.
 */
export function sealedParts(
  added: TableFiles,
  { writers }: Snapshot,
  tailOf: (origin: string, seal: number) => WaitingPart | undefined,
): { readonly known: readonly WaitingPart[]; readonly unknown: TableFiles } {
  const origins = new Map([...writers.keys()].map((origin) => [writerOf(origin), origin]));
  const sealOf = (file: LiveFile): string => {
    const owner = ownerOfFile(file.path);
    return owner === undefined ? '' : `${owner.seal} ${owner.writer}`;
  };
  const seals = new Set(tableNames.flatMap((table) => added[table].map(sealOf)));
  const known = new Map<string, WaitingPart>();
  for (const seal of seals) {
    const [number = '', writer = ''] = seal.split(' ');
    const origin = origins.get(writer);
    const part = origin === undefined ? undefined : tailOf(origin, Number(number));
    if (part === undefined) continue;
    const isWhole = Object.entries(part.rows).every(
      ([table, count]) => rowsOf(added[table as TableName].filter((file) => sealOf(file) === seal)) === count,
    );
    if (isWhole) known.set(seal, part);
  }
  const rest: Partial<Record<TableName, readonly LiveFile[]>> = {};
  for (const table of tableNames) rest[table] = added[table].filter((file) => !known.has(sealOf(file)));
  return { known: [...known.values()], unknown: rest as TableFiles };
}
