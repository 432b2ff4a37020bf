import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

let place: Workplace;
beforeAll(async () => {
  place = createLeanWorkplace();
  writeFileSync(join(place.folder, 'plumbline.yml'), 'data: data\n');
  writeFileSync(join(place.folder, 'day.json'), envelope(ordinary(), diagnosticsDeleted('a', 60)));
  await place.run('replay', 'day.json', '-c', 'plumbline.yml');
});
afterAll(() => place[Symbol.dispose]());

const query = (...argv: readonly string[]) => place.run('query', ...argv, '-c', 'plumbline.yml');
const rowsOf = async (...argv: readonly string[]) =>
  JSON.parse((await query(...argv, '-o', 'json')).out) as Record<string, unknown>[];

test('a question in SQL is answered as a table, or as JSON with times in ISO 8601', async () => {
  const { code, out, err } = await query('SELECT class, count(*) AS events FROM events GROUP BY class');
  expect([code, err]).toEqual([0, '']);
  expect(out).toBe('class           events\nazure_activity       2\n');
  const [row] = await rowsOf(
    "SELECT time, leaf, 'a' || chr(10) || 'b' AS text, encode('é') AS bytes, NULL AS none FROM findings",
  );
  expect(row).toEqual({
    time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
    leaf: expect.any(Number),
    text: 'a\nb',
    bytes: Buffer.from('é').toString('base64'),
    none: null,
  });
  expect((await query('SELECT * FROM decisions')).out).toBe('no rows\n');
});

test('values come as parameters, and what they hold is never SQL', async () => {
  const sql = 'SELECT count(*) AS n FROM events WHERE class = $class';
  expect(await rowsOf(sql, '--param', 'class=azure_activity')).toEqual([{ n: 2 }]);
  expect(await rowsOf(sql, '--param', "class=x' OR 1=1 --")).toEqual([{ n: 0 }]);
  const { code, err } = await query(sql, '--param', 'class');
  expect([code, err]).toEqual([2, expect.stringContaining('name=value')]);
});

test('a table has one line a row, and no control character of a record', async () => {
  const { out } = await query(
    "SELECT 'a' || chr(27) || '[2J' || chr(10) || repeat('x', 99) AS t, [1, 2] AS l, 9007199254740993 AS big",
  );
  const [head, row, ...rest] = out.split('\n');
  expect(head).toMatch(/^t +l +big$/);
  expect(row).toMatch(/^a \[2J x+… +\[1,2\] +9007199254740993$/);
  expect(rest).toEqual(['']);
});

test('rows, time and memory are limited', async () => {
  const cut = await query('SELECT * FROM range(1000)', '--limit', '3', '-o', 'ndjson');
  expect(cut.out.trim().split('\n')).toHaveLength(3);
  expect(cut.err).toMatch(/cut after 3 rows; --limit takes more/);
  expect((await query('SELECT * FROM range(3)', '--limit', '3')).err).toBe('');
  const late = await query(
    'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b',
    '--timeout',
    '50ms',
  );
  expect([late.code, late.err]).toEqual([3, expect.stringContaining('cancelled after 0.05 s')]);
  const large = await query(
    "SELECT list(repeat('x', 1000) || range) AS a FROM range(1000000)",
    '--memory',
    '32',
  );
  expect([large.code, large.err]).toEqual([2, expect.stringMatching(/memory/i)]);
});

test('what does not read, or reads elsewhere, is refused with what to do', async () => {
  const refused = async (sql: string) => {
    const { code, out, err } = await query(sql);
    expect([sql, code, out]).toEqual([sql, 2, '']);
    return err;
  };
  expect(await refused('DROP VIEW events')).toContain('begin with SELECT or WITH');
  expect(await refused('SELECT 1; SELECT 2')).toContain('one at a time');
  expect(await refused('SELECT nonsense FROM events')).toContain('nonsense');
  expect(await refused("SELECT * FROM read_text('/etc/hostname')")).toMatch(/disabled|Permission/);
  expect(await refused("SELECT * FROM read_text('data/keys/api-token')")).toMatch(/disabled|Permission/);
});
