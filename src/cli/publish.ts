import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Argument } from 'commander';
import { publishers } from '../publish/registry.ts';
import type { PublishedFile, Publisher } from '../publish/publisher.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import type { Content } from './content.ts';
import { configOption } from './options.ts';
import type { CommandSetUp } from './command.ts';

export const generated = (publisher: Publisher, content: Content): Promise<readonly PublishedFile[]> =>
  publisher.generate({
    detections: content.detector.detections,
    correlations: content.correlations.items.map(({ detection }) => detection),
    frameworks: content.frameworks,
    ruleText: content.ruleText,
    ruleOf: content.ruleOf,
  });

export function writeFiles(folder: string, files: readonly PublishedFile[]): void {
  for (const { path, text } of files) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
}

export const publish: CommandSetUp = (command, io) => {
  command
    .addArgument(new Argument('<what>', 'what to write').choices(publishers.map(({ type }) => type)))
    .option('--out <folder>', 'where to write (default: the publisher’s own folder)')
    .addOption(configOption())
    .action(async (what: string, options: { out?: string; config?: string }) => {
      const content = loadContent(configFor(io, options.config), io.productFolder, io.workingFolder);
      for (const publisher of publishers.filter(({ type }) => type === what)) {
        const files = await generated(publisher, content);
        const folder = resolve(io.workingFolder, options.out ?? publisher.folder);
        writeFiles(folder, files);
        for (const { path } of files) io.out(`${join(folder, path)}\n`);
      }
    });
};
