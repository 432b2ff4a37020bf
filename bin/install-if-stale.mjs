/**
 * Runs before `npm start`, `npm test` and `npm run check`: installs what package-lock.json says when
 * node_modules is missing or older than the lockfile. Plain JavaScript for any Node from 18, because it
 * runs before the project's own Node 24 is there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules', '.plumbline-lock');
const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const isInstalled = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;

if (!isInstalled && isLink(dirname(stamp))) {
  process.stderr.write(
    'plumbline: node_modules is a link to packages of another lockfile; they are used as they are\n',
  );
} else if (!isInstalled) {
  process.stderr.write('plumbline: installing the packages that package-lock.json names (once)\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write(
      'plumbline: npm ci failed; its own words are above. Is the npm registry reachable?\n',
    );
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, lock);
}

/** Installing would empty the folder it leads to. */
function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
