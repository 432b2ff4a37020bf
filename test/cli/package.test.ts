import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import type { Ended } from '../support/child.ts';
import { createWorkplace, productFolder } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';
import { diagnosticsDeleted, envelope } from '../support/records.ts';

/** The package as `npm pack` makes it, unpacked somewhere else, with the dependencies that it names. */
let place: Workplace;
let unpacked: string;
const packed = new Set<string>();

beforeAll(() => {
  place = createWorkplace();
  // Packed from a copy, so that neither dist/ nor the tarball lands in the repository.
  const copy = join(place.folder, 'copy');
  mkdirSync(copy);
  for (const name of readdirSync(productFolder)) {
    if (['node_modules', '.git', 'coverage', 'data', 'dist'].includes(name)) continue;
    cpSync(join(productFolder, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(productFolder, 'node_modules'), join(copy, 'node_modules'));
  const npm = join(dirname(process.execPath), 'npm');
  const answer = execFileSync(existsSync(npm) ? npm : 'npm', ['pack', '--json', '--loglevel=error'], {
    cwd: copy,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename, files } = { filename: '', files: [] }] = JSON.parse(
    answer.slice(answer.indexOf('[')),
  ) as {
    filename: string;
    files: { path: string }[];
  }[];
  for (const { path } of files) packed.add(path);
  execFileSync('tar', ['-xzf', join(copy, filename), '-C', place.folder]);
  unpacked = join(place.folder, 'package');
  symlinkSync(join(productFolder, 'node_modules'), join(unpacked, 'node_modules'));
}, 120_000);
afterAll(() => place[Symbol.dispose]());

async function plumbline(...argv: readonly string[]): Promise<Ended> {
  const command = [process.execPath, join(unpacked, 'bin/plumbline.mjs')] as const;
  await using child = startChild(argv, {
    cwd: place.folder,
    command,
    // What is compiled of a package that is gone tomorrow is no use to anybody else.
    env: { NODE_COMPILE_CACHE: join(place.folder, 'compiled') },
  });
  return await child.ended;
}

describe('the package', () => {
  test('holds what it needs at run time, and nothing of how it is made', () => {
    for (const path of [
      'bin/plumbline.mjs',
      'dist/main.js',
      'mappings/soc2.yml',
      'LICENSE',
      'README.md',
      'package.json',
    ])
      expect([path, packed.has(path)]).toEqual([path, true]);
    const folders = new Set(
      [...packed].filter((path) => path.includes('/')).map((path) => path.split('/', 1).join('')),
    );
    expect([...folders].toSorted()).toEqual([
      'bin',
      'dashboards',
      'detections',
      'dist',
      'mappings',
      'workbooks',
    ]);
    expect([...packed].filter((path) => /\.ts$|\.test\.|\.pem$|\.env$/.test(path))).toEqual([]);
  });

  test('runs its command from dist', async () => {
    const { code, out, err } = await plumbline('components', '--output', 'json');
    expect([code, err]).toEqual([0, '']);
    expect((JSON.parse(out) as { type: string }[]).map(({ type }) => type)).toContain('pagerduty');
    expect(statSync(join(unpacked, 'bin/plumbline.mjs')).mode & 0o111).not.toBe(0);
    expect(existsSync(join(unpacked, 'src'))).toBe(false);
  });

  test('says its version, and replays a file into a lake that verifies', async () => {
    const { version } = JSON.parse(readFileSync(join(productFolder, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await plumbline('--version')).out).toBe(`${version}\n`);
    writeFileSync(join(place.folder, 'x.json'), envelope(diagnosticsDeleted('aoai-1')));
    expect(await plumbline('replay', 'x.json')).toMatchObject({ code: 0, err: '' });
    expect(await plumbline('verify')).toMatchObject({ code: 0, err: '' });
  });

  test('imports only what it names as a dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const imported = new Set<string>();
    for (const path of packed) {
      if (!path.endsWith('.js')) continue;
      for (const [, name = ''] of readFileSync(join(unpacked, path), 'utf8').matchAll(
        /^import .*?from '([^.'][^']*)';$/gm,
      ))
        imported.add(
          name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : (name.split('/', 1)[0] ?? ''),
        );
    }
    const outside = [...imported].filter((name) => !name.startsWith('node:'));
    expect(outside.length).toBeGreaterThan(5);
    for (const name of outside) expect([name, name in dependencies]).toEqual([name, true]);
  });
});
