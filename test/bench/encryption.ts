import { parseArgs } from 'node:util';
import { tables } from '../../src/domain/tables.ts';
import { captureId } from '../../src/domain/capture.ts';
import type { CaptureRow, ColumnValue } from '../../src/domain/tables.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { openValue, parseEncrypted } from '../../src/proof/encrypted-value.ts';
import { createCover } from '../../src/store/encryption/cover.ts';
import { inflate, valueSealer } from '../../src/store/encryption/seal-value.ts';
import { growColumn } from '../../src/store/parquet/column-data.ts';
import { encodeParquet } from '../../src/store/parquet-writer.ts';
import { hubMessages, replayBlocks } from './load.ts';
import { measure, spread } from './measure.ts';

/**
 * What encryption costs: messages become a file of `captures`, as they are and encrypted, and are opened again; the arms
 * take turns in one process, and CPU time is what counts. `node test/bench/encryption.ts [--rounds 7] [--records 20000]`.
 */
const { values: given } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, records: { type: 'string', default: '20000' } },
});
const rounds = Number(given.rounds);
const hub = hubMessages(Number(given.records));
const blocks = await replayBlocks(hub);
const sealer = valueSealer(1, Buffer.alloc(32, 1));
const key = Buffer.alloc(32, 1);
const cover = createCover(() => sealer);

const { columns } = tables.captures;
const rowsOf = (load: typeof hub): CaptureRow[] =>
  load.captures.map((capture, leaf) => {
    const storedSha256 = sha256Hex(capture.body);
    const stored = { ...capture, originalSha256: storedSha256, redactions: [] };
    return { leaf, capture: { ...stored, id: captureId(stored) }, storedSha256, redactions: '' };
  });

async function fileOf(rows: readonly CaptureRow[], isCovered: boolean): Promise<number> {
  const growing = columns.map((column) => growColumn(column));
  const coverRow = isCovered ? cover('captures') : undefined;
  for (const row of rows) {
    const cells: ColumnValue[] = columns.map((column) => column.of(row));
    coverRow?.(cells);
    for (const [i, cell] of cells.entries()) growing[i]?.push(cell);
  }
  return (
    await encodeParquet(
      columns,
      growing.map(({ data }) => data),
    )
  ).length;
}

const per = (ms: number, count: number): string => `${((ms * 1000) / count).toFixed(1)} µs`;

for (const [name, load] of [
  ['messages of a hub', hub],
  ['blocks of replayed files', blocks],
] as const) {
  const rows = rowsOf(load);
  const sealed = rows.map(({ leaf, capture: { stream, sequence, body } }) => {
    const place = { table: 'captures', column: 'body', row: [leaf, stream, sequence] };
    return { place, value: parseEncrypted(sealer.bytes(place, body)) };
  });
  const sizes = { plain: 0, encrypted: 0 };
  const took = await measure(
    [
      { name: 'plain', run: async () => void (sizes.plain = await fileOf(rows, false)) },
      { name: 'encrypted', run: async () => void (sizes.encrypted = await fileOf(rows, true)) },
      {
        name: 'open',
        run: () => {
          for (const { place, value } of sealed)
            if (value !== undefined) openValue(value, place, key, inflate);
        },
      },
      { name: 'parse', run: () => load.texts.forEach((text) => void JSON.parse(text)) },
    ],
    rounds,
    () => undefined,
  );
  // The least of many rounds: whatever else the machine does only adds.
  const cpu = (arm: string): number => spread((took.get(arm) ?? []).map((one) => one.cpu)).min;
  const [plain, encrypted, open, parse] = [cpu('plain'), cpu('encrypted'), cpu('open'), cpu('parse')];
  const megabytes = load.bytes / 1e6;
  const ratio = sizes.encrypted / sizes.plain;
  console.log(
    [
      `${name}: ${rows.length} messages of ${Math.round(load.bytes / rows.length)} bytes`,
      `  file written as it is      ${plain.toFixed(0)} ms CPU, ${(sizes.plain / 1e6).toFixed(2)} MB`,
      `  file written encrypted     ${encrypted.toFixed(0)} ms CPU, ${(sizes.encrypted / 1e6).toFixed(2)} MB (${ratio.toFixed(2)}x)`,
      `  encryption costs           ${((encrypted - plain) / megabytes).toFixed(2)} ms a MB, ${per(encrypted - plain, rows.length)} a message, ${(((encrypted - plain) / parse) * 100).toFixed(0)} % of a bare JSON.parse`,
      `  opening costs              ${(open / megabytes).toFixed(2)} ms a MB, ${per(open, rows.length)} a message`,
    ].join('\n'),
  );
}
