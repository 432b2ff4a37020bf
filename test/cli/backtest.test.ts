import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturesOf } from '../collect/demo-world.ts';
import { createWorkplace, productFolder } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';

let place: Workplace;
beforeAll(async () => {
  place = createWorkplace();
  write('plumbline.yml', 'data: data\n');
  const day = await capturesOf({ records: 3000 });
  write('day.ndjson', day.map(({ body }) => Buffer.from(body).toString()).join('\n'));
  await place.run('replay', 'day.ndjson', '-c', 'plumbline.yml');
});
afterAll(() => place[Symbol.dispose]());

const write = (file: string, text: string): void => {
  const path = join(place.folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};
const shipped = (file: string): string => join(productFolder, 'detections', file);
const purged = 'azure/keyvault/key_vault_object_purged.yml';

async function backtest(...argv: readonly string[]) {
  const { code, out, err } = await place.run('backtest', ...argv, '-c', 'plumbline.yml', '--output', 'json');
  expect(err).toBe('');
  return { code, ...(JSON.parse(out) as Result) };
}
interface Result {
  readonly messages: number;
  readonly rules: readonly {
    readonly rule: string;
    readonly same: number;
    readonly onlyBefore: readonly { readonly eventId: string; readonly time: number }[];
    readonly onlyNow: readonly { readonly eventId: string; readonly time: number }[];
  }[];
}

test('the rules that made the findings of the lake find them again, none more and none less', async () => {
  const { code, messages, rules } = await backtest(shipped(''), '--fail-on-difference');
  expect(code).toBe(0);
  expect(messages).toBeGreaterThan(50);
  expect(rules.filter(({ onlyBefore, onlyNow }) => onlyBefore.length + onlyNow.length > 0)).toEqual([]);
  expect(rules.reduce((sum, { same }) => sum + same, 0)).toBeGreaterThan(50);
});

test('a changed rule is compared with what it found then', async () => {
  write('new/r.yml', readFileSync(shipped(purged), 'utf8').replaceAll('Purge', 'Backup'));
  cpSync(join(place.folder, 'new/r.yml'), join(place.folder, `new/${purged.split('/').at(-1) ?? ''}`));
  const { code, rules } = await backtest('new/key_vault_object_purged.yml', '--fail-on-difference');
  expect(code).toBe(1);
  expect(rules).toHaveLength(1);
  expect(rules[0]).toMatchObject({ rule: 'key_vault_object_purged', same: 0 });
  expect(rules[0]?.onlyBefore).toHaveLength(1);
});

test('two sets of rules are compared with each other, in words too', async () => {
  write(
    'old/key_vault_object_purged.yml',
    readFileSync(shipped(purged), 'utf8').replaceAll('Purge', 'Nothing'),
  );
  const { out, code } = await place.run(
    'backtest',
    shipped(purged),
    '--against',
    'old',
    '-c',
    'plumbline.yml',
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^key_vault_object_purged: 0 the same, 1 new, 0 gone\n {2}\+ {2}2026-03-02T/);
  expect(out).toMatch(
    /1 rules on [\d,]+ messages, .* against old:\n0 findings the same, 1 new \(\+\), 0 gone \(-\)\.\n$/,
  );
});

test('only what happened inside the window counts', async () => {
  const { rules } = await backtest(shipped(purged), '--from', '2026-03-01', '--to', '2026-03-02');
  expect(rules).toEqual([{ rule: 'key_vault_object_purged', same: 0, onlyBefore: [], onlyNow: [] }]);
});

test('what cannot be tried is said', async () => {
  write('bad/r.yml', 'title: T\n');
  expect(await place.run('backtest', 'bad', '-c', 'plumbline.yml')).toMatchObject({ code: 2 });
  expect((await place.run('backtest', 'nowhere', '-c', 'plumbline.yml')).err).toMatch(
    /no such file or folder/,
  );
  write('empty.yml', 'data: empty\n');
  expect((await place.run('backtest', shipped(''), '-c', 'empty.yml')).err).toMatch(
    /the lake holds no event yet/,
  );
});
