import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtVerifier } from '../../../src/verifier/build.ts';
import type { runVerifier } from '../../../src/verifier/command.ts';
import type { VerifyResult } from '../../../src/proof/verify.ts';
import type { Memory } from '../../store/memory.ts';

/** The single file that auditors are given, over lakes in a folder: what it is told is what it says. */
export interface BuiltRun extends Disposable {
  /** Verifies a lake with keys and checkpoints from elsewhere. */
  verify(
    lake: Memory,
    keys: readonly string[],
    since: readonly string[],
  ): Promise<Pick<VerifyResult, 'ok' | 'faults' | 'gaps'> & { readonly code: number }>;
}

const productFolder = resolve(import.meta.dirname, '../../..');

/** Builds `verify.mjs` and loads it as it was built. A process for each lake would take most of the time. */
export async function openBuiltRun(): Promise<BuiltRun> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-mutations-'));
  const program = join(root, 'verify.mjs');
  writeFileSync(program, (await builtVerifier(productFolder)).program);
  const built = (await import(pathToFileURL(program).href)) as { runVerifier: typeof runVerifier };
  const folder = join(root, 'lake');
  let there: ReadonlyMap<string, Buffer> = new Map();

  /** Makes the folder that lake; writes what differs from the one before. */
  const put = ({ map }: Memory): void => {
    for (const path of there.keys()) if (!map.has(path)) rmSync(join(folder, path));
    for (const [path, bytes] of map) {
      if (there.get(path)?.equals(bytes) === true) continue;
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    there = new Map(map);
  };

  return {
    async verify(lake, keys, since) {
      put(lake);
      const notes = since.map((note, i) => {
        const path = join(root, `checkpoint-${i + 1}`);
        writeFileSync(path, note);
        return path;
      });
      const argv = [
        folder,
        '--json',
        ...keys.flatMap((key) => ['--key', key]),
        ...notes.flatMap((path) => ['--since', path]),
      ];
      const { code, out } = await built.runVerifier(argv, undefined);
      return { code, ...(JSON.parse(out) as Pick<VerifyResult, 'ok' | 'faults' | 'gaps'>) };
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
