import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const modelAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Undefined when the model can be checked here; the reason otherwise. */
async function missing(): Promise<string | undefined> {
  try {
    await run('spin', ['-V']);
    await run('gcc', ['--version']);
    return undefined;
  } catch {
    const what = 'spin or gcc is not here: apt-get install -y spin gcc libc6-dev';
    if (process.env['CI'] === 'true') throw new Error(what);
    return `skipped: ${what}`;
  }
}

const reason = await missing();
if (reason !== undefined) console.log(reason);

/** Goes through every order of steps; answers what the checker says. To optimise it would take longer than it saves. */
async function explore(model: string, ...definitions: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-model-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const given = definitions.map((name) => `-D${name}`);
  await run('spin', ['-a', ...given, modelAt(model)], { cwd: folder });
  await run('gcc', ['-O0', '-w', '-DSAFETY', '-o', 'pan', 'pan.c'], { cwd: folder });
  const { stdout } = await run('./pan', ['-m100000'], { cwd: folder });
  return stdout;
}

describe.skipIf(reason !== undefined)('the commit protocol, in every order of its steps', () => {
  test('loses no record, doubles none, and keeps tables and logs at one', async () => {
    const said = await explore('seal.pml', 'VERSIONS=2', 'TRIES=3');
    expect(said).toMatch(/errors: 0/);
    expect(said).not.toMatch(/Search not completed|max search depth too small/);
  }, 120_000);

  test.each([
    ['a stream is not compared with the cursors before a commit', 'BUG_NO_STREAM_CHECK', 'taken[at]==1'],
    ['another table is not looked through before a commit', 'BUG_DERIVED_BLIND', 'times[ownAt]==1'],
    ['files of a process that may still be alive are cleared', 'BUG_EARLY_ORPHANS', 'file[try]'],
  ])(
    'is found broken when %s',
    async (_what, definition, violated) => {
      const said = await explore('seal.pml', definition);
      expect(said).toContain('assertion violated');
      expect(said).toContain(violated);
    },
    120_000,
  );
});

describe.skipIf(reason !== undefined)('maintenance, in every order of its steps', () => {
  test('keeps every row in one file, and on no disk what an order deleted', async () => {
    const said = await explore('maintain.pml', 'TRIES=2', 'ZOMBIE');
    expect(said).toMatch(/errors: 0/);
    expect(said).not.toMatch(/Search not completed|max search depth too small/);
  }, 120_000);

  test.each([
    ['files that were put together outlive an order', 'BUG_ANCESTORS_STAY', 'f>=3'],
    ['opening does not finish deletions', 'BUG_NO_FINISH', 'f>=3'],
  ])(
    'is found broken when %s',
    async (_what, definition, violated) => {
      const said = await explore('maintain.pml', 'TRIES=2', 'ZOMBIE', definition);
      expect(said).toContain('assertion violated');
      expect(said).toContain(violated);
    },
    120_000,
  );
});
