import { expect } from 'vitest';
import type { TableName } from '../../src/domain/tables.ts';
import { tableNames, tables } from '../../src/domain/tables.ts';
import type { ColumnValue } from '../../src/domain/tables.ts';
import type { Random } from '../../src/lib/random.ts';
import { readRows } from '../../src/store/parquet-reader.ts';
import { encodeParquet } from '../../src/store/parquet-writer.ts';
import type { Memory } from './memory.ts';

type Row = Record<string, ColumnValue>;

/** Bends a lake in one way; answers where the verifier must say that something is wrong. */
export type Mutation = (memory: Memory, random: Random) => Promise<{ readonly place: RegExp }>;

const literally = (path: string): RegExp =>
  new RegExp(path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
const bytesOf = (memory: Memory, path: string): Buffer => {
  const bytes = memory.map.get(path);
  if (bytes === undefined) throw new Error(`no ${path}`);
  return bytes;
};
const paths = ({ map }: Memory, pattern: RegExp): string[] =>
  [...map.keys()].filter((path) => pattern.test(path)).toSorted();

/** Partial tiles that a wider one has followed may be deleted: C2SP tlog-tiles. */
const isSuperseded = (memory: Memory, path: string): boolean => {
  const [, folder, width] = /^(.*\.p)\/(\d+)$/.exec(path) ?? [];
  return (
    folder !== undefined &&
    paths(memory, /./).some(
      (other) => other.startsWith(`${folder}/`) && Number(other.slice(folder.length + 1)) > Number(width),
    )
  );
};

const anyFile = (memory: Memory, random: Random): string => random.pick(paths(memory, /./));

/** Rewrites a Parquet file with its rows changed. */
async function editRows(memory: Memory, path: string, edit: (rows: Row[]) => Row[]): Promise<void> {
  const table = path.split('/')[0] as TableName;
  const columns = tables[table].columns;
  const names = columns.map(({ name }) => name);
  const rows = (await readRows(bytesOf(memory, path), names)).map((cells) =>
    Object.fromEntries(
      names.map((name, i) => {
        const cell = cells[i];
        return [name, typeof cell === 'bigint' ? Number(cell) : ((cell ?? undefined) as ColumnValue)];
      }),
    ),
  );
  const edited = edit(rows);
  const before = bytesOf(memory, path);
  const bytes = Buffer.from(
    await encodeParquet(
      columns,
      names.map((name) => edited.map((row) => row[name])),
    ),
  );
  expect(bytes.equals(before)).toBe(false);
  memory.map.set(path, bytes);
}

/** A Parquet file with at least so many rows. */
async function aSegment(
  memory: Memory,
  random: Random,
  table: string,
  least: number,
): Promise<{ path: string; rows: number }> {
  const candidates: { path: string; rows: number }[] = [];
  for (const path of paths(memory, new RegExp(`^${table}/day=`))) {
    const first = tables[path.split('/')[0] as TableName].columns[0]?.name ?? '';
    const rows = (await readRows(bytesOf(memory, path), [first])).length;
    if (rows >= least) candidates.push({ path, rows });
  }
  return random.pick(candidates);
}

const swap = <T>(items: T[], a: number, b: number): T[] =>
  items.map((item, i) => (i === a ? (items[b] ?? item) : i === b ? (items[a] ?? item) : item));

const change =
  (table: TableName, column: string, value: ColumnValue): Mutation =>
  async (memory, random) => {
    const { path, rows } = await aSegment(memory, random, table, 1);
    const at = random.int(0, rows - 1);
    await editRows(memory, path, (all) =>
      all.map((row, i) => (i === at ? { ...row, [column]: value } : row)),
    );
    return {
      place: table === 'captures' && column !== 'id' ? literally(`${path} row ${at + 1}`) : literally(path),
    };
  };

export const mutations: Record<string, Mutation> = {
  'a bit of any file flipped': async (memory, random) => {
    const path = anyFile(memory, random);
    const bytes = Buffer.from(bytesOf(memory, path));
    const bit = random.int(0, bytes.length * 8 - 1);
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    memory.map.set(path, bytes);
    return { place: literally(path) };
  },
  'any file cut short': async (memory, random) => {
    const path = anyFile(memory, random);
    const bytes = bytesOf(memory, path);
    memory.map.set(path, bytes.subarray(0, random.int(0, bytes.length - 1)));
    return { place: literally(path) };
  },
  'any file made longer': async (memory, random) => {
    const path = anyFile(memory, random);
    memory.map.set(path, Buffer.concat([bytesOf(memory, path), Buffer.from('\n')]));
    return { place: literally(path) };
  },
  'any file deleted': async (memory, random) => {
    const path = random.pick(paths(memory, /./).filter((file) => !isSuperseded(memory, file)));
    memory.map.delete(path);
    return { place: literally(path) };
  },
  'a row of any table removed': async (memory, random) => {
    const { path, rows } = await aSegment(memory, random, '(captures|events|findings|observations)', 2);
    const at = random.int(0, rows - 1);
    await editRows(memory, path, (all) => all.filter((_, i) => i !== at));
    return { place: literally(path) };
  },
  'a row of any table doubled': async (memory, random) => {
    const { path, rows } = await aSegment(memory, random, '(captures|events|findings)', 1);
    const at = random.int(0, rows - 1);
    await editRows(memory, path, (all) => all.flatMap((row, i) => (i === at ? [row, row] : [row])));
    return { place: path.startsWith('captures') ? literally(`${path} row ${at + 2}`) : literally(path) };
  },
  'two rows swapped': async (memory, random) => {
    const { path, rows } = await aSegment(memory, random, 'captures', 2);
    const at = random.int(1, rows - 1);
    await editRows(memory, path, (all) => swap(all, at - 1, at));
    return { place: literally(`${path} row ${at + 1}`) };
  },
  'two files swapped': async (memory, random) => {
    const [a = '', b = ''] = random.pick(
      tableNames
        .filter((name) => paths(memory, new RegExp(`^${name}/day=`)).length > 1)
        .map((name) => paths(memory, new RegExp(`^${name}/day=`))),
    );
    const kept = bytesOf(memory, a);
    memory.map.set(a, bytesOf(memory, b));
    memory.map.set(b, kept);
    return { place: literally(a) };
  },
  'a body replaced': change('captures', 'body', Buffer.from('{"records":[]}')),
  'a sequence changed': change('captures', 'sequence', 7_777_777),
  'a stream renamed': change('captures', 'stream', 'openai-logs/9'),
  'a capture moved in time': change('captures', 'received_at', 0),
  'an original digest changed': change('captures', 'original_sha256', '0'.repeat(64)),
  'a redaction denied': change('captures', 'redactions', 'none@0'),
  'an observation turned into a pass': change('observations', 'result', 'pass'),
  'a finding made harmless': change('findings', 'level', 'informational'),
  'an event blamed on someone else': change('events', 'actor_name', 'mallory@example.com'),
  'a dead letter explained away': change('dead_letters', 'reason', 'duplicate'),
  'a file dropped from a commit': async (memory, random) => {
    const path = random.pick(paths(memory, /_delta_log\/0*[1-9]\d*\.json$/));
    const lines = bytesOf(memory, path)
      .toString()
      .split('\n')
      .filter((line) => !line.startsWith('{"add"'));
    memory.map.set(path, Buffer.from(lines.join('\n')));
    return { place: literally(path) };
  },
  'row counts of a commit changed': async (memory, random) => {
    const path = random.pick(paths(memory, /_delta_log\/0*[1-9]\d*\.json$/));
    const text = bytesOf(memory, path).toString();
    memory.map.set(path, Buffer.from(text.replace(/numRecords\\":\d+/, String.raw`numRecords\":999`)));
    return { place: literally(path) };
  },
  'a cursor moved back': async (memory, random) => {
    const path = random.pick(paths(memory, /captures\/_delta_log\/0*[1-9]\d*\.json$/));
    const text = bytesOf(memory, path).toString();
    memory.map.set(path, Buffer.from(text.replace(/("txn":\{"appId":"openai[^}]*"version":)\d+/, '$11')));
    return { place: literally(path) };
  },
  'two commits swapped': async (memory, random) => {
    const table = random.pick(['captures', 'events']);
    const [a = '', b = ''] = paths(memory, new RegExp(`^${table}/_delta_log/0*[1-9]`));
    const kept = bytesOf(memory, a);
    memory.map.set(a, bytesOf(memory, b));
    memory.map.set(b, kept);
    return { place: literally(a) };
  },
  'a commit added': async (memory, random) => {
    const table = random.pick(tableNames);
    const next = paths(memory, new RegExp(`^${table}/_delta_log/`)).length;
    const path = `${table}/_delta_log/${String(next).padStart(20, '0')}.json`;
    memory.map.set(path, Buffer.from('{"remove":{"path":"x","dataChange":true}}\n'));
    return { place: literally(path) };
  },
  'a Delta checkpoint planted': async (memory, random) => {
    const path = `${random.pick(tableNames)}/_delta_log/_last_checkpoint`;
    memory.map.set(path, Buffer.from('{"version":1,"size":1}'));
    return { place: literally(path) };
  },
  'a file planted in the log': async (memory) => {
    memory.map.set('log/main/checkpoint.old', Buffer.from('x'));
    return { place: /log\/main\/checkpoint\.old/ };
  },
  'the published checkpoint put back': async (memory) => {
    const [oldest = ''] = paths(memory, /^log\/main\/checkpoints\//).toSorted(
      (a, b) => a.length - b.length || (a < b ? -1 : 1),
    );
    memory.map.set('log/main/checkpoint', bytesOf(memory, oldest));
    return { place: /log\/main\/checkpoint$/ };
  },
  'an entry rewritten with its tile': async (memory, random) => {
    const { leafHash } = await import('../../src/proof/merkle.ts');
    const { decodeBundle, encodeBundle } = await import('../../src/proof/tiles.ts');
    const bundle =
      paths(memory, /^log\/main\/tile\/entries\//).find((path) => !isSuperseded(memory, path)) ?? '';
    const tile = bundle.replace('entries', '0');
    const entries = decodeBundle(bytesOf(memory, bundle)) ?? [];
    const at = random.int(0, entries.length - 1);
    entries[at] = Buffer.from((entries[at] ?? '').toString().replace('"kind"', '"kinD"'));
    memory.map.set(bundle, encodeBundle(entries));
    const hashes = Buffer.from(bytesOf(memory, tile));
    leafHash(entries[at]).copy(hashes, at * 32);
    memory.map.set(tile, hashes);
    return { place: /^log/ };
  },
};
