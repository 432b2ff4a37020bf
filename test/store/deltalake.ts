import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

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

/** Undefined when Python's deltalake can be used; the reason otherwise. */
export const deltalakeMissing = await missing();
if (deltalakeMissing !== undefined) console.log(deltalakeMissing);

/** Runs a Python program with deltalake at hand, and answers the JSON that it prints. */
export async function deltalake(program: string, ...given: readonly string[]): Promise<unknown> {
  const imports = 'import json, sys\nfrom deltalake import DeltaTable, QueryBuilder\n';
  const { stdout } = await run('python3', ['-c', `${imports}${program}`, ...given]);
  return JSON.parse(stdout);
}
