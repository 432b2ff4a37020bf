import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publishers } from '../../src/publish/registry.ts';
import { createWorkplace, productFolder } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';
import { filesBelow } from '../support/lakes.ts';

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place[Symbol.dispose]());

describe('publish', () => {
  for (const { type, folder, isCommitted } of publishers) {
    test(`${type} writes every file it names, and no other`, async () => {
      const { code, out, err } = await place.run('publish', type, '--out', 'here');
      expect([code, err]).toEqual([0, '']);
      const named = out.trimEnd().split('\n');
      expect(named.length).toBeGreaterThan(0);
      expect(named.toSorted()).toEqual(
        filesBelow(join(place.folder, 'here'))
          .map(({ path }) => path)
          .toSorted(),
      );
      if (!isCommitted) return;
      for (const path of named)
        expect(readFileSync(path, 'utf8')).toBe(
          readFileSync(join(productFolder, folder, path.slice(join(place.folder, 'here/').length)), 'utf8'),
        );
    });
  }

  test('writes into a folder of its own in the working folder when none is given', async () => {
    const { code, out } = await place.run('publish', 'sentinel');
    expect(code).toBe(0);
    for (const path of out.trimEnd().split('\n')) {
      expect(path.startsWith(`${place.folder}/`)).toBe(true);
      expect(existsSync(path)).toBe(true);
    }
  });

  test('uses the rules that the configuration names', async () => {
    cpSync(join(productFolder, 'detections'), join(place.folder, 'rules'), { recursive: true });
    cpSync(join(productFolder, 'mappings'), join(place.folder, 'maps'), { recursive: true });
    const rule = join(place.folder, 'rules/azure/activity/azure_diagnostic_settings_deleted.yml');
    writeFileSync(
      rule,
      readFileSync(rule, 'utf8').replace(
        'title: Azure diagnostic settings deleted',
        'title: Renamed by the house',
      ),
    );
    writeFileSync(join(place.folder, 'c.yml'), 'detections: rules\nmappings: maps\n');
    await place.run('publish', 'sentinel', '--out', 'out', '--config', 'c.yml');
    const texts = filesBelow(join(place.folder, 'out')).map(({ bytes }) => bytes.toString());
    expect(texts.some((text) => text.includes('Renamed by the house'))).toBe(true);
  });

  test('of something unknown is a usage error that names what there is', async () => {
    const { code, out, err } = await place.run('publish', 'powerpoint');
    expect([code, out]).toEqual([2, '']);
    for (const { type } of publishers) expect(err).toContain(type);
  });

  test('into a place that is a file fails: exit 3', async () => {
    writeFileSync(join(place.folder, 'file'), '');
    const { code, err } = await place.run('publish', 'sentinel', '--out', 'file');
    expect(code).toBe(3);
    expect(err).toMatch(/^plumbline: .*(EEXIST|ENOTDIR)/);
  });
});

describe('generate', () => {
  const generated = ['dashboards', 'workbooks', 'docs/reference'];
  const generate = (...argv: readonly string[]) =>
    place.runWith({ productFolder: place.folder }, 'generate', ...argv);
  beforeEach(() => {
    for (const folder of ['detections', 'mappings', ...generated])
      cpSync(join(productFolder, folder), join(place.folder, folder), { recursive: true });
  });

  test('--check finds nothing to do in what is committed', async () => {
    expect(await generate('--check')).toEqual({ code: 0, out: '', err: '' });
  });

  test('--check names each file that is stale or missing, and writes nothing; without it they are written', async () => {
    const [stale, missing] = ['docs/reference/errors.md', 'dashboards/pipeline-health.json'];
    writeFileSync(join(place.folder, stale), 'edited by hand\n');
    rmSync(join(place.folder, missing));
    const { code, out, err } = await generate('--check');
    expect([code, out]).toEqual([1, '']);
    expect(err.trimEnd().split('\n').toSorted()).toEqual(
      [missing, stale].map((path) => `${path} is not what the code generates; run "npm run generate"`),
    );
    expect(existsSync(join(place.folder, missing))).toBe(false);
    expect(await generate()).toEqual({ code: 0, out: '', err: '' });
    expect((await generate('--check')).code).toBe(0);
    expect(readFileSync(join(place.folder, stale), 'utf8')).toBe(
      readFileSync(join(productFolder, stale), 'utf8'),
    );
  });

  test('--check names the pages that a changed rule makes stale', async () => {
    const rule = join(place.folder, 'detections/azure/activity/azure_diagnostic_settings_deleted.yml');
    writeFileSync(rule, readFileSync(rule, 'utf8').replace('level: high', 'level: critical'));
    const { code, err } = await generate('--check');
    expect(code).toBe(1);
    expect(err).toContain('docs/reference/detections.md is not what the code generates');
    expect(err).not.toContain('docs/reference/errors.md');
  });
});
