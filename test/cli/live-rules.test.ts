import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContent } from '../../src/cli/content.ts';
import { createLiveRules } from '../../src/cli/live-rules.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startChild } from '../support/child.ts';
import { createWorkplace, productFolder } from '../support/cli.ts';
import { notesOf } from '../support/lakes.ts';

const RULE = 'azure/activity/azure_diagnostic_settings_deleted.yml';

/** A copy of the shipped rules, and what reads it. */
function copied(folder: string) {
  const detections = join(folder, 'detections');
  cpSync(join(productFolder, 'detections'), detections, { recursive: true });
  const read = () => readContent({ detections }, productFolder);
  const { content } = read();
  if (content === undefined) throw new Error('the shipped rules do not load');
  return { detections, read, content };
}

test('rules that were changed are in use at once, and whoever listens is told in the same moment', () => {
  using place = createWorkplace();
  const { detections, read, content } = copied(place.folder);
  const rules = createLiveRules(content, read, silentLogger);
  const told: string[] = [];
  const forget = rules.onChange(({ packVersion }) => told.push(packVersion));
  rules.reload();
  expect(told).toEqual([]);

  appendFileSync(join(detections, RULE), '# changed\n');
  rules.reload();
  expect(rules.content.packVersion).not.toBe(content.packVersion);
  expect(told).toEqual([rules.content.packVersion]);

  forget();
  appendFileSync(join(detections, RULE), '# changed again\n');
  rules.reload();
  expect(told).toHaveLength(1);
});

test('rules with a problem in them, or with other correlations, leave the old ones in place', () => {
  using place = createWorkplace();
  const { detections, read, content } = copied(place.folder);
  const rules = createLiveRules(content, read, silentLogger);
  const [correlation] = content.correlations.items;
  const file = join(detections, correlation?.detection.file ?? '');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, `${before}# changed\n`);
  rules.reload();
  expect(rules.content).toBe(content);

  writeFileSync(file, before);
  appendFileSync(join(detections, RULE), 'detection: none\n');
  rules.reload();
  expect(rules.content).toBe(content);
});

test('a listener that fails keeps the old rules', () => {
  using place = createWorkplace();
  const { detections, read, content } = copied(place.folder);
  const rules = createLiveRules(content, read, silentLogger);
  rules.onChange(() => {
    throw new Error('the lake is closed');
  });
  appendFileSync(join(detections, RULE), '# changed\n');
  rules.reload();
  expect(rules.content).toBe(content);
});

test('a service takes changed rules up, on a change in the folder and on SIGHUP, and notes their version', async () => {
  using place = createWorkplace();
  const { detections, read, content } = copied(place.folder);
  mkdirSync(join(place.folder, 'inbox'));
  writeFileSync(
    join(place.folder, 'plumbline.yml'),
    'organisation: Example Ltd\ndetections: detections\nlake: { sealAfter: 1s }\nsources: { inbox: { type: files, paths: [inbox] } }\nserve: { port: 0 }\n',
  );
  await using child = startChild(['run', '--config', 'plumbline.yml'], { cwd: place.folder });
  await child.until(/plumbline: running/);

  appendFileSync(join(detections, RULE), '# changed\n');
  await child.until(/rules: changed/);
  const changed = read().content?.packVersion;
  expect(child.err()).toContain(`"packVersion":"${changed}"`);

  appendFileSync(join(detections, RULE), 'detection: none\n');
  child.process.kill('SIGHUP');
  await child.until(/rules: cannot be used as they are now/);

  child.process.kill('SIGTERM');
  await child.ended;
  const packs = notesOf(join(place.folder, 'data/lake'), 'pack') as { detections: string }[];
  expect(packs.map((note) => note.detections)).toEqual([content.packVersion, changed]);
}, 120_000);
