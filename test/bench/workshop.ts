import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadContent } from '../../src/cli/content.ts';
import { openEngine } from '../../src/cli/engine.ts';
import type { Engine } from '../../src/cli/engine.ts';
import { foldersIn } from '../../src/cli/folders.ts';
import { verifyFolder } from '../../src/cli/verify.ts';
import { Config } from '../../src/config.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';

const productFolder = resolve(import.meta.dirname, '../..');

/** The shipped detections and mappings, and the configuration that a user without a file has. */
export const shipped = {
  config: Config.parse({}),
  content: loadContent({}, productFolder),
};

/** A place for one lake at a time, wired as the command line wires it; every lake starts empty. */
export interface Workshop extends Disposable {
  /** Leaves the lake before, and opens the next in a folder of its own. */
  open(clock: Clock): Promise<void>;
  /** @throws Error before the first lake was opened. */
  engine(): Engine;
  /** The folder of the newest lake. */
  lake(): string;
  /** Verifies the newest lake from its files alone. @throws Error when it does not verify. */
  verify(): Promise<void>;
}

export function createWorkshop(): Workshop {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
  let engine: Engine | undefined;
  let count = 0;
  const configHere = (): Config => ({ ...shipped.config, data: join(root, String(count)) });
  return {
    async open(clock) {
      await engine?.[Symbol.asyncDispose]();
      rmSync(join(root, String(count)), { recursive: true, force: true });
      count++;
      engine = await openEngine({
        io: {
          out: () => {},
          err: () => {},
          isTerminal: false,
          hasColour: false,
          columns: 80,
          env: {},
          workingFolder: root,
          productFolder,
          productVersion: '0.0.0-bench',
          nodeVersion: process.versions.node,
          signal: new AbortController().signal,
          clock,
          fetch: () => Promise.reject(new Error('no network here')),
        },
        config: configHere(),
        content: shipped.content,
        log: silentLogger,
        clock,
      });
    },
    engine() {
      if (engine === undefined) throw new Error('no lake was opened');
      return engine;
    },
    lake: () => foldersIn(configHere().data).lake,
    async verify() {
      const { ok, faults } = await verifyFolder(foldersIn(configHere().data).lake);
      if (!ok) throw new Error(`the lake does not verify: ${JSON.stringify(faults.slice(0, 3))}`);
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
