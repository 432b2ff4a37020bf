import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableNames } from '../../../src/domain/tables.ts';
import { commitPath } from '../../../src/store/delta-log.ts';
import { compactLake, expected, writeLake } from './lake.ts';
import type { TableAnswer } from './lake.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('read.py', import.meta.url));
type Answer = Readonly<Record<string, TableAnswer>>;

const needed = {
  deltalake: { module: 'deltalake', packages: 'deltalake==1.6.6' },
  duckdb: { module: 'duckdb_extension_delta', packages: 'duckdb==1.5.5 duckdb-extension-delta==1.5.5' },
};

/** Undefined when Python has the module; the reason otherwise. */
async function missing({
  module,
  packages,
}: {
  module: string;
  packages: string;
}): Promise<string | undefined> {
  try {
    await run('python3', ['-c', `import ${module}`]);
    return undefined;
  } catch {
    const what = `python3 cannot import ${module}: pip install ${packages}`;
    if (process.env['CI'] === 'true') throw new Error(what);
    return `skipped: ${what}`;
  }
}

const reasons = { deltalake: await missing(needed.deltalake), duckdb: await missing(needed.duckdb) };
for (const reason of Object.values(reasons)) if (reason !== undefined) console.log(reason);

const SEALS = 52;
let folder = '';
let made: Awaited<ReturnType<typeof expected>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-readers-'));
  await writeLake(join(folder, 'lake'), SEALS);
  made = await expected(join(folder, 'lake'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const asked = (question: unknown, name: string): string => {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(question));
  return path;
};
const read = async (reader: string, lake: string, question: string): Promise<Answer> =>
  JSON.parse((await run('python3', [program, reader, lake, question])).stdout) as Answer;

describe.each(['deltalake', 'duckdb'] as const)('%s, which shares no code with us,', (reader) => {
  const { [reader]: reason } = reasons;

  test.skipIf(reason !== undefined)(
    'reads a table from its checkpoint alone, without the commits before it',
    async () => {
      const copy = join(folder, `${reader}-checkpoint`);
      cpSync(join(folder, 'lake'), copy, { recursive: true });
      for (let version = 0; version < 100; version++) rmSync(join(copy, commitPath('captures', version)));
      const question = asked({ captures: { ...made.question.captures, earlier: 101 } }, `${reader}-late`);
      const { captures } = await read(reader, copy, question);
      expect(captures).toEqual({ ...made.answer.captures, earlier: 101 });
    },
    60_000,
  );

  test.skipIf(reason !== undefined)(
    'opens every table: the same versions, rows and transactions, now and earlier; and while files are put together, and afterwards',
    async () => {
      const lake = join(folder, `${reader}-compacted`);
      cpSync(join(folder, 'lake'), lake, { recursive: true });
      const end = join(folder, `${reader}-end`);
      const child = spawn('python3', [program, reader, lake, asked(made.question, `${reader}-while`), end]);
      let [out, err] = ['', ''];
      const first = Promise.withResolvers<void>();
      child.stdout.on('data', (text: Buffer) => {
        out += text.toString();
        if (out.includes('\n')) first.resolve();
      });
      child.stderr.on('data', (text: Buffer) => (err += text.toString()));
      const ended = once(child, 'close');
      await Promise.race([first.promise, ended]);
      const done = [await compactLake(lake, 'left'), await compactLake(lake, 'right')];
      writeFileSync(end, '');
      await ended;
      expect(err).toBe('');
      const passes = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Answer);
      // It was there before anything was put together.
      const [seen] = passes;
      expect(Object.keys(seen ?? {})).toEqual([...tableNames]);
      expect(seen).toEqual(made.answer);
      for (const table of tableNames) expect(seen?.[table]?.rows).toBeGreaterThan(0);
      expect(seen?.['captures']?.txns).toMatchObject({ 'hub/left': SEALS, nobody: null });
      const rowsOf = (answer: Answer) =>
        tableNames.map((table) => [
          table,
          answer[table]?.rows,
          answer[table]?.digest,
          answer[table]?.earlier,
        ]);
      for (const pass of passes) expect(rowsOf(pass)).toEqual(rowsOf(made.answer));
      expect(done.every(({ files, into }) => files > into && into > 0)).toBe(true);
      const after = await expected(lake);
      expect(passes.at(-1)).toEqual(
        Object.fromEntries(
          tableNames.map((table) => [table, { ...after.answer[table], earlier: made.answer[table].earlier }]),
        ),
      );
      expect(after.answer.captures.version).toBeGreaterThan(made.answer.captures.version);
    },
    90_000,
  );
});
