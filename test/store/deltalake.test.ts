import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tableNames } from '../../src/domain/tables.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { aCapture, fillLake, openTestLake, ORIGIN, temporaryFolder } from './lakes.ts';

const run = promisify(execFile);

const script = `
import json, sys
from deltalake import DeltaTable, QueryBuilder
tables = {}
for name in sys.argv[3:]:
    table = DeltaTable(sys.argv[1] + '/' + name)
    counted = QueryBuilder().register('t', table).execute('SELECT count(*) AS n, count(DISTINCT day) AS days FROM t').read_all()
    tables[name] = {
        'version': table.version(),
        'rows': counted['n'][0].as_py(),
        'days': counted['days'][0].as_py(),
        'seal': table.transaction_version('seal:' + sys.argv[2]),
        'partitions': table.metadata().partition_columns,
    }
print(json.dumps(tables))
`;

/** Undefined when Python's deltalake can be used; the reason otherwise. */
async function missing(): Promise<string | undefined> {
  try {
    await run('python3', ['-c', 'import deltalake']);
    return undefined;
  } catch {
    if (process.env['CI'] === 'true')
      throw new Error('python3 cannot import deltalake: pip install deltalake');
    return 'skipped: python3 cannot import deltalake (pip install deltalake)';
  }
}

const reason = await missing();
if (reason !== undefined) console.log(reason);

describe.skipIf(reason !== undefined)("Python's deltalake, which shares no code with us", () => {
  test('opens every table at its version and counts the same rows', async () => {
    const path = await temporaryFolder();
    await fillLake(await openTestLake(path), 'deltalake');
    const { files, seals } = await readSnapshot(folderFiles(path));
    const { stdout } = await run('python3', ['-c', script, path, ORIGIN, ...tableNames]);
    const seen = JSON.parse(stdout) as Record<
      string,
      { version: number; rows: number; days: number; seal: number }
    >;
    for (const table of tableNames) {
      const days = new Set(files[table].map((file) => file.path.split('/')[1]));
      expect(seen[table]).toMatchObject({
        rows: files[table].reduce((sum, file) => sum + file.rows, 0),
        days: days.size,
        partitions: ['day'],
      });
    }
    expect(seen['captures']).toMatchObject({ version: seals, seal: seals });
    expect(seen['decisions']).toMatchObject({ version: 0, rows: 0, seal: null });
  });

  test('reads a table from its checkpoint, and as it was at an earlier version', async () => {
    const path = await temporaryFolder();
    const lake = await openTestLake(path);
    for (let sequence = 1; sequence <= 105; sequence++) {
      lake.append(aCapture({ sequence }));
      await lake.seal();
    }
    await lake.close();
    // Without the commits before it, the checkpoint alone can tell.
    for (let version = 0; version < 100; version++)
      await rm(join(path, 'captures/_delta_log', `${String(version).padStart(20, '0')}.json`));
    const travel = `
import sys
from deltalake import DeltaTable, QueryBuilder
for version in (None, 102):
    table = DeltaTable(sys.argv[1] + '/captures', version=version)
    counted = QueryBuilder().register('t', table).execute('SELECT count(*) AS n FROM t').read_all()
    print(table.version(), counted['n'][0].as_py(), table.transaction_version('openai-logs/0'))
`;
    const { stdout } = await run('python3', ['-c', travel, path]);
    expect(stdout).toBe('105 105 105\n102 102 102\n');
  });
});
