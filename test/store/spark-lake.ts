/** Writes a lake of two writers with more than a hundred commits, and prints what each table must hold: for spark-check.py. */
import type { TableName } from '../../src/domain/tables.ts';
import { tableNames } from '../../src/domain/tables.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openLake } from '../../src/store/lake.ts';
import { anEvent, T0 } from '../support/samples.ts';
import { aCapture, LAKE_ORIGIN } from './lakes.ts';

const [path = ''] = process.argv.slice(2);
const lakes = await Promise.all(
  ['left', 'right'].map((writer) =>
    openLake({
      path,
      origin: LAKE_ORIGIN,
      writer,
      signer: signerFromSeed(`${LAKE_ORIGIN}/${writer}`, Buffer.alloc(32, 1)),
      clock: () => T0,
    }),
  ),
);
for (let sequence = 1; sequence <= 60; sequence++) {
  for (const [i, lake] of lakes.entries()) {
    const leaf = lake.append(aCapture({ stream: `hub/${i}`, sequence })) ?? -1;
    if (sequence % 2 === i)
      lake.addEvents([anEvent({ id: `${i}-${sequence}`, evidence: { leaf, record: 0 } })]);
    await lake.seal();
  }
}
for (const lake of lakes) await lake.close();

const files = folderFiles(path);
const adds = async (table: TableName, upTo: number): Promise<number> => {
  let rows = 0;
  for (let version = 0; version <= upTo; version++) {
    const text = await files.read(`${table}/_delta_log/${String(version).padStart(20, '0')}.json`);
    for (const line of text?.toString().trimEnd().split('\n') ?? []) {
      const { add } = JSON.parse(line) as { readonly add?: { readonly stats: string } };
      if (add !== undefined) rows += (JSON.parse(add.stats) as { readonly numRecords: number }).numRecords;
    }
  }
  return rows;
};
const expected: Record<string, unknown> = {};
for (const table of tableNames) {
  const names = await files.list(`${table}/_delta_log`);
  const version = names.filter((name) => /^\d{20}\.json$/.test(name)).length - 1;
  const rowsHalfWay = await adds(table, Math.floor(version / 2));
  expected[table] = { version, rows: await adds(table, version), rowsHalfWay };
}
console.log(JSON.stringify(expected));
