import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The verifier as it is handed out: files that need nothing else. */
export interface BuiltVerifier {
  /** `verify.mjs`. */
  readonly program: string;
  /** `verify.html`. */
  readonly page: string;
}

const banner = `// verify.mjs: checks a Plumbline lake or evidence bundle. Plain Node >= 20, nothing to install, no network.
// One file made from src/verifier of Plumbline (Apache-2.0); Parquet by hyparquet and hyparquet-writer (MIT, Hyperparam).`;

async function bundled(root: string, entry: string, page: boolean): Promise<string> {
  const { rolldown } = await import('rolldown');
  const at = (path: string): string => join(root, 'src/verifier', path);
  const build = await rolldown({
    input: at(entry),
    platform: page ? 'browser' : 'node',
    ...(page
      ? {
          resolve: { alias: { 'node:crypto': at('page/crypto.ts'), 'node:zlib': at('page/zlib.ts') } },
          transform: { inject: { Buffer: [at('page/buffer.ts'), 'PageBuffer'] } },
        }
      : {}),
  });
  const { output } = await build.generate(
    page ? { format: 'iife', minify: true } : { format: 'esm', banner },
  );
  await build.close();
  const [chunk, ...rest] = output;
  if (rest.length > 0) throw new Error(`the verifier became ${output.length} files`);
  return chunk.code;
}

/**
 * The verifier as files. From a package they lie in `dist/`; in a clone they are made from the source, each time, so that
 * they are never older than it.
 *
 * @param root the product's folder.
 */
export async function builtVerifier(root: string): Promise<BuiltVerifier> {
  const [program, page] = [join(root, 'dist/verify.mjs'), join(root, 'dist/verify.html')];
  if (!existsSync(join(root, 'src/verifier/main.ts')) && existsSync(program))
    return { program: readFileSync(program, 'utf8'), page: readFileSync(page, 'utf8') };
  const { pageOf } = await import('./page/html.ts');
  return {
    program: await bundled(root, 'main.ts', false),
    page: pageOf(await bundled(root, 'page/page.ts', true)),
  };
}
