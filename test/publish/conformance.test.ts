import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { publishers } from '../../src/publish/registry.ts';
import { productFolder } from '../support/cli.ts';
import { shippedFrameworks, shippedInput } from '../support/shipped.ts';

const byType = (type: string) => {
  const found = publishers.find((publisher) => publisher.type === type);
  if (found === undefined) throw new Error(`no publisher ${type}`);
  return found;
};

describe.each(publishers.map(({ type }) => type))('the %s publisher', (type) => {
  const publisher = byType(type);

  test('says what it is and where it writes', () => {
    expect(publisher.summary).toMatch(/^[A-Z].*\.$/);
    expect(publisher.folder).toMatch(/^[a-z]+(?:\/[a-z]+)*$/);
  });

  test('gives the same files each time, each once, inside its folder', async () => {
    const files = await publisher.generate(shippedInput(shippedFrameworks()));
    expect(files.length).toBeGreaterThan(0);
    expect(await publisher.generate(shippedInput(shippedFrameworks()))).toEqual(files);
    const paths = files.map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(path).toMatch(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]*$/);
  });

  test('names no time, no machine and no secret', async () => {
    for (const { text } of await publisher.generate(shippedInput(shippedFrameworks()))) {
      expect(text).not.toContain(productFolder);
      expect(text.endsWith('\n')).toBe(true);
    }
  });

  test('has its files committed as they are generated, when they are to be', async () => {
    const files = publisher.isCommitted ? await publisher.generate(shippedInput(shippedFrameworks())) : [];
    const stale = files.filter(({ path, text }) => {
      const full = join(productFolder, publisher.folder, path);
      return !existsSync(full) || readFileSync(full, 'utf8') !== text;
    });
    expect(stale.map(({ path }) => path)).toEqual([]);
  });
});
