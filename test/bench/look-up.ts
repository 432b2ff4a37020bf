import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaptureRow } from '../../src/domain/tables.ts';
import type { Event } from '../../src/domain/event.ts';
import { captureId } from '../../src/domain/capture.ts';
import { tables } from '../../src/domain/tables.ts';
import type { Table } from '../../src/domain/tables.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { columnsOf } from '../../src/store/schema.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { createLookUp } from '../../src/store/look-up/look-up.ts';
import { createRowsByKey } from '../../src/store/look-up/rows-by-key.ts';
import { encodeParquet } from '../../src/store/parquet-writer.ts';
import { openQueries } from '../../src/store/queries.ts';
import { emptySnapshot } from '../../src/store/snapshot.ts';
import type { LiveFile, Snapshot } from '../../src/store/snapshot.ts';
import { anEvent, T0 } from '../support/samples.ts';
import { spread } from './measure.ts';

/**
 * How long single rows take to find: captures and as many events in files of 50,000 rows, as seals make them.
 * `node test/bench/look-up.ts [rows]`
 */
const ROWS_PER_FILE = 50_000;
const ASKED = 200;

const captureOf = (leaf: number): CaptureRow => {
  const body = Buffer.from(`{"records":[{"n":${leaf}}]}`);
  const storedSha256 = sha256Hex(body);
  const [source, stream] = ['bench', 'bench/0'];
  return {
    leaf,
    capture: {
      source,
      stream,
      sequence: leaf,
      enqueuedAt: undefined,
      receivedAt: T0 + leaf,
      body,
      originalSha256: storedSha256,
      redactions: [],
    },
    storedSha256,
    redactions: '',
  };
};

const eventOf = (leaf: number): Event =>
  anEvent({
    id: `${captureId({ stream: 'bench/0', sequence: leaf })}-0`,
    time: T0 + leaf,
    evidence: { leaf, record: 0 },
    correlationId: String(leaf),
  });

async function main(rows: number): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-bench-look-up-'));
  try {
    const files = folderFiles(path);
    const write = async <Row>(table: Table<Row>, rowOf: (leaf: number) => Row): Promise<LiveFile[]> => {
      const live: LiveFile[] = [];
      for (let from = 0; from < rows; from += ROWS_PER_FILE) {
        const to = Math.min(rows, from + ROWS_PER_FILE);
        const columns: ReturnType<Table<Row>['columns'][number]['of']>[][] = table.columns.map(() => []);
        for (let leaf = from; leaf < to; leaf++) {
          const row = rowOf(leaf);
          for (const [i, { of }] of table.columns.entries()) columns[i]?.push(of(row));
        }
        const bytes = await encodeParquet(columnsOf(table.name), columns);
        const file = `${table.name}/day=2026-03-02/part-main-${from}.zstd.parquet`;
        await files.replace(file, bytes);
        const stats = { minValues: { leaf: from }, maxValues: { leaf: to - 1 } };
        live.push({ path: file, rows: to - from, size: bytes.length, columns: columns.length, stats });
      }
      return live;
    };
    const [captures, events] = [await write(tables.captures, captureOf), await write(tables.events, eventOf)];
    const empty = emptySnapshot();
    const snapshot: Snapshot = { ...empty, files: { ...empty.files, captures, events } };
    const queries = await openQueries({ path });
    const byKey = createRowsByKey(createLookUp(files, () => Promise.resolve(snapshot)));
    const size = [...captures, ...events].reduce((sum, file) => sum + file.size, 0);
    console.log(
      `${rows} captures and ${rows} events in ${captures.length + events.length} files, ${Math.round(size / 1e6)} MB`,
    );
    const time = async (name: string, ask: (leaf: number) => Promise<unknown>): Promise<void> => {
      const took: number[] = [];
      for (let n = 0; n < ASKED; n++) {
        const from = performance.now();
        const found = await ask((n * 7_368_787) % rows);
        took.push(performance.now() - from);
        if (found === undefined) throw new Error(`${name}: a row that is there was not found`);
      }
      const { median } = spread(took.slice(1));
      const late = took.slice(1).toSorted((a, b) => a - b)[Math.floor(ASKED * 0.99) - 1] ?? Number.NaN;
      console.log(
        `${name.padEnd(30)} first ${took[0]?.toFixed(1) ?? ''} ms, then p50 ${median.toFixed(1)} ms, p99 ${late.toFixed(1)} ms`,
      );
    };
    await time('capture by id', (leaf) => byKey.capture(captureId(captureOf(leaf).capture)));
    await time(
      'captures by digest',
      async (leaf) => (await byKey.capturesWithBytes(captureOf(leaf).storedSha256))[0],
    );
    await time('event by id', (leaf) => byKey.event(eventOf(leaf).id));
    await time(
      'absent digest',
      async (n) => (await byKey.capturesWithBytes(sha256Hex(`absent ${n}`))).length,
    );
    queries.close();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

await main(Number(process.argv[2] ?? 10_000_000));
