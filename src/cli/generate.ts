import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '../config.ts';
import { publishers } from '../publish/registry.ts';
import type { PublishedFile } from '../publish/publisher.ts';
import { loadContent } from './content.ts';
import { exitCodes } from './io.ts';
import type { CommandSetUp } from './command.ts';
import { generated, writeFiles } from './publish.ts';
import { referencePages } from './reference-pages.ts';

/** Every generated file that is committed, paths relative to the product folder. */
export async function committedFiles(productFolder: string): Promise<readonly PublishedFile[]> {
  const content = loadContent(Config.parse({}), productFolder);
  const published = await Promise.all(
    publishers
      .filter(({ isCommitted }) => isCommitted)
      .map(async (publisher) =>
        (await generated(publisher, content)).map(({ path, text }) => ({
          path: `${publisher.folder}/${path}`,
          text,
        })),
      ),
  );
  return [...published.flat(), ...referencePages(content)];
}

export const generate: CommandSetUp = (command, io, done) => {
  command
    .option('--check', 'write nothing; exit with 1 when a committed file differs')
    .action(async (options: { check?: boolean }) => {
      const files = await committedFiles(io.productFolder);
      if (options.check !== true) {
        writeFiles(io.productFolder, files);
        return;
      }
      const stale = files.filter(({ path, text }) => {
        const full = join(io.productFolder, path);
        return !existsSync(full) || readFileSync(full, 'utf8') !== text;
      });
      for (const { path } of stale)
        io.err(`${path} is not what the code generates; run "npm run generate"\n`);
      if (stale.length > 0) done(exitCodes.gate.code);
    });
};
