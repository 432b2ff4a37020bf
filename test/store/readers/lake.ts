import { createHash } from 'node:crypto';
import type { Decision } from '../../../src/domain/control.ts';
import type { TableName } from '../../../src/domain/tables.ts';
import { tableNames } from '../../../src/domain/tables.ts';
import { DAY_MS } from '../../../src/lib/clock.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import { sealAppId } from '../../../src/proof/commits.ts';
import { signerFromSeed } from '../../../src/proof/note.ts';
import { compact } from '../../../src/store/compact.ts';
import type { Compaction } from '../../../src/store/compact.ts';
import { commitPath } from '../../../src/store/delta-log.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { openLake } from '../../../src/store/lake.ts';
import type { Lake } from '../../../src/store/lake.ts';
import { openQueries } from '../../../src/store/queries.ts';
import { aFinding, anEvent, anObservation, T0 } from '../../support/samples.ts';
import { aCapture, LAKE_ORIGIN } from '../lakes.ts';

/** What an outside reader is asked of a table, and what it has to see. */
export interface TableQuestion {
  readonly key: string;
  readonly earlier: number;
  readonly txns: readonly string[];
}
export interface TableAnswer {
  readonly version: number;
  readonly rows: number;
  /** Of the sorted keys. */
  readonly digest: string;
  /** Rows at the earlier version. */
  readonly earlier: number;
  readonly txns: Readonly<Record<string, number | null>>;
}

const keys: Readonly<Record<TableName, string>> = {
  captures: 'id',
  events: 'id',
  findings: 'id',
  observations: 'id',
  decisions: 'id',
  dead_letters: 'detail',
};
export const writers = ['left', 'right'] as const;
const originOf = (writer: string): string => `${LAKE_ORIGIN}/${writer}`;

export const openWriter = (path: string, writer: string): Promise<Lake> =>
  openLake({
    path,
    origin: LAKE_ORIGIN,
    writer,
    signer: signerFromSeed(originOf(writer), Buffer.alloc(32, writer.length)),
    clock: () => T0,
  });

const aDecision = (id: string): Decision => ({
  id,
  kind: 'exception',
  subject: 'ai.network.private',
  resource: '*',
  reason: 'until the private endpoint is there',
  requestedBy: 'ada@example.com',
  approvedBy: 'ben@example.com',
  from: T0,
  expires: T0 + 30 * DAY_MS,
});

/** Takes in a message that has something for every table now and then, and seals it. */
async function seal(lake: Lake, writer: string, sequence: number): Promise<void> {
  const random = seededRandom(`${writer} ${sequence}`);
  const capture = aCapture({ stream: `hub/${writer}`, sequence, receivedAt: T0 + (sequence % 3) * DAY_MS });
  const evidence = { leaf: lake.append(capture) ?? -1, record: 0 };
  const id = `${writer}-${sequence}`;
  lake.addEvents([anEvent({ id, evidence })]);
  if (random.chance(0.5)) lake.addFindings([aFinding({ id, evidence })]);
  if (random.chance(0.5)) lake.addObservations([anObservation({ id, evidence })]);
  if (sequence % 20 === 2) lake.addDecisions([aDecision(id)]);
  const { source, stream, receivedAt, body } = capture;
  const letter = { source, stream, sequence, receivedAt, evidence, bytes: body };
  if (random.chance(0.3)) lake.addDeadLetters([{ ...letter, reason: 'json_invalid', detail: `${id} é` }]);
  await lake.seal();
}

/** A lake of two writers that take turns, with more commits than a checkpoint covers; every table has rows. */
export async function writeLake(path: string, seals: number): Promise<void> {
  const lakes = await Promise.all(writers.map((writer) => openWriter(path, writer)));
  for (let sequence = 1; sequence <= seals; sequence++)
    for (const [i, lake] of lakes.entries()) await seal(lake, writers[i] ?? '', sequence);
  for (const lake of lakes) await lake.close();
}

/** Puts the small files of one writer together. */
export async function compactLake(path: string, writer: string): Promise<Compaction> {
  const lake = await openWriter(path, writer);
  const done = await compact(lake, folderFiles(path), { origin: originOf(writer), now: T0 + 9 * DAY_MS });
  await lake.close();
  return done;
}

interface Actions {
  readonly add?: { readonly path: string; readonly stats: string };
  readonly remove?: { readonly path: string };
  readonly txn?: { readonly appId: string; readonly version: number };
}

/** What the commits of each table say, replayed as the Delta specification has it. */
export async function expected(path: string): Promise<{
  readonly question: Readonly<Record<TableName, TableQuestion>>;
  readonly answer: Readonly<Record<TableName, TableAnswer>>;
}> {
  const files = folderFiles(path);
  const queries = await openQueries({ path });
  const question: Partial<Record<TableName, TableQuestion>> = {};
  const answer: Partial<Record<TableName, TableAnswer>> = {};
  for (const table of tableNames) {
    const live = new Map<string, number>();
    const rowsAt: number[] = [];
    const txns = new Map<string, number>();
    for (let version = 0; ; version++) {
      const text = await files.read(commitPath(table, version));
      if (text === undefined) break;
      for (const line of text.toString().trimEnd().split('\n')) {
        const { add, remove, txn } = JSON.parse(line) as Actions;
        if (add !== undefined)
          live.set(add.path, (JSON.parse(add.stats) as { numRecords: number }).numRecords);
        if (remove !== undefined) live.delete(remove.path);
        if (txn !== undefined) txns.set(txn.appId, txn.version);
      }
      rowsAt.push([...live.values()].reduce((sum, rows) => sum + rows, 0));
    }
    const version = rowsAt.length - 1;
    const earlier = Math.floor(version / 2);
    const key = keys[table];
    const rows = await queries.rows(`SELECT ${key} AS k FROM ${table}`);
    const sorted = Buffer.from(
      rows
        .map((row) => String(row['k']))
        .toSorted((a, b) => (a < b ? -1 : 1))
        .join('\n'),
    );
    const apps = [...writers.map((writer) => sealAppId(originOf(writer))), 'hub/left', 'nobody'];
    question[table] = { key, earlier, txns: apps };
    answer[table] = {
      version,
      rows: rowsAt[version] ?? 0,
      digest: createHash('sha256').update(sorted).digest('hex'),
      earlier: rowsAt[earlier] ?? 0,
      txns: Object.fromEntries(apps.map((app) => [app, txns.get(app) ?? null])),
    };
  }
  queries.close();
  return { question, answer } as Awaited<ReturnType<typeof expected>>;
}
