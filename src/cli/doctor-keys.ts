import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import type { Config } from '../config.ts';
import type { Clock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import { keyCheck, KEY_BYTES } from '../proof/data-key.ts';
import { readKeyFiles, unwrapAll } from '../store/encryption/data-keys.ts';
import { folderFiles } from '../store/folder-files.ts';
import { lakeAt } from '../store/place.ts';
import { brokenBy, ok } from './doctor-check.ts';
import type { Check } from './doctor-check.ts';
import { foldersIn } from './folders.ts';
import { keyWrapperOf } from './payload.ts';

const name = 'encryption';

/** What is wrong with where a key file lies and who may read it; undefined when nothing is. */
function doubtOfKeyFile(config: Config, file: string): Check | undefined {
  if ((statSync(file).mode & 0o077) !== 0)
    return { name, state: 'broken', found: `others can read ${file}`, fix: `chmod 600 ${file}` };
  const { lake } = foldersIn(config.data);
  if (!relative(lake, file).startsWith('..'))
    return {
      name,
      state: 'broken',
      found: 'the key file lies in the lake that it opens',
      fix: 'keep it, and its copies, where the lake and its copies are not',
    };
  return undefined;
}

/** Wraps and unwraps a key that nobody needs, and opens those of the lake: all that writing and reading will ask for. */
async function tryKeys(config: Config, clock: Clock): Promise<Check> {
  const { container, encryption, writer } = config.lake;
  const { lake: folder } = foldersIn(config.data);
  const { files = folderFiles(folder) } = await lakeAt({ folder, container, writer, jitter: Math.random });
  const found = await readKeyFiles(files, 'data');
  if (encryption === undefined)
    return found.length === 0
      ? ok(name, 'off: messages are kept as they came')
      : {
          name,
          state: 'broken',
          found: 'the lake is encrypted, and the configuration does not say how',
          fix: 'set `lake.encryption` as it was when the lake was written',
        };
  const { keyFile } = encryption;
  if (keyFile !== undefined && !existsSync(keyFile) && found.length === 0)
    return ok(name, 'its key file is made on the first run');
  const wrapper = await keyWrapperOf(encryption, files, clock);
  if (wrapper === undefined) return ok(name, 'off');
  const key = randomBytes(KEY_BYTES);
  const facts = { purpose: 'data', number: 0, from: 0, check: keyCheck(key) } as const;
  await wrapper.unwrap({ ...facts, wrapped: await wrapper.wrap(key, facts) });
  const opened = await unwrapAll(found, wrapper);
  for (const { key: dataKey } of opened) dataKey.fill(0);
  const doubt = keyFile === undefined ? undefined : doubtOfKeyFile(config, keyFile);
  return doubt ?? ok(name, `${wrapper.id} wraps and unwraps, and opens ${opened.length} data keys`);
}

/** Whether evidence can be encrypted and opened with the key of the configuration. */
export async function checkKeys(config: Config, clock: Clock): Promise<Check> {
  try {
    return await tryKeys(config, clock);
  } catch (thrown) {
    return brokenBy(name, describeError(thrown), 'look at `lake.encryption`');
  }
}
