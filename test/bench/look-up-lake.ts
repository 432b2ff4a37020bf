import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { folderFiles } from '../../src/store/folder-files.ts';
import { createLookUp } from '../../src/store/look-up/look-up.ts';
import { createRowsByKey } from '../../src/store/look-up/rows-by-key.ts';
import type { Files, OpenFile } from '../../src/store/files.ts';
import { openQueries } from '../../src/store/queries.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';

/**
 * How long single captures of a lake take to find, by id and by the digest of their bytes, there or not: in a process that
 * has just begun, and in one that has looked before. `node test/bench/look-up-lake.ts FOLDER [--cold 20] [--warm 200] [--uncompiled]`.
 * New processes find what others compiled, as commands do; `--uncompiled`: each compiles for itself.
 * `test/bench/verify.ts --captures 10000000 --lake FOLDER --keep` makes a lake to look in.
 */
const kinds = ['id', 'digest', 'absent id', 'absent digest'] as const;
type Kind = (typeof kinds)[number];
interface Question {
  readonly kind: Kind;
  readonly key: string;
}
/** Milliseconds: wall clock, and what all threads of the process computed; and how often files were read. */
interface Took {
  readonly kind: Kind | 'open' | 'together';
  readonly wall: number;
  readonly cpu: number;
  readonly reads: number;
}

let reads = 0;
/** Counts what the files are asked for, each opening and each read. */
function counted(files: Files): Files {
  const { openNear } = files;
  const near = (path: string): OpenFile | undefined => {
    reads++;
    const opened = openNear?.(path);
    if (opened === undefined) return undefined;
    return {
      read(from, length) {
        reads++;
        return opened.read(from, length);
      },
      readInto(into, from, length) {
        reads++;
        return opened.readInto(into, from, length);
      },
      [Symbol.dispose]: () => opened[Symbol.dispose](),
    };
  };
  return {
    ...files,
    read(path) {
      reads++;
      return files.read(path);
    },
    ...(openNear === undefined ? {} : { openNear: near }),
  };
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(8, '0').repeat(8).slice(0, digits);

async function timed<T>(kind: Took['kind'], work: () => Promise<T>): Promise<{ took: Took; value: T }> {
  const [from, before, readBefore] = [performance.now(), process.cpuUsage(), reads];
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return {
    value,
    took: { kind, wall: performance.now() - from, cpu: (user + system) / 1000, reads: reads - readBefore },
  };
}

/** Asks in this process: how long opening took, and each question. */
async function ask(path: string, questions: readonly Question[]): Promise<readonly Took[]> {
  const files = counted(folderFiles(path));
  const opening = await timed('open', async () => {
    const queries = await openQueries({ path });
    // As queries read it; theirs would not be counted.
    return { queries, snapshot: await readSnapshot(files) };
  });
  const { queries } = opening.value;
  let { snapshot } = opening.value;
  const byKey = createRowsByKey(
    createLookUp(files, async () => (snapshot = await readSnapshot(files, snapshot))),
  );
  const all = [opening.took];
  for (const { kind, key } of questions) {
    const isId = kind.endsWith('id');
    const { value, took } = await timed(kind, async () =>
      isId ? ((await byKey.capture(key)) === undefined ? 0 : 1) : (await byKey.capturesWithBytes(key)).length,
    );
    if (value > 0 === kind.startsWith('absent')) throw new Error(`${kind} ${key}: ${value} rows were found`);
    all.push(took);
  }
  queries.close();
  return all;
}

/** Keys of captures all over the lake, and keys of none. */
async function questionsOf(path: string, count: number): Promise<readonly Question[]> {
  const queries = await openQueries({ path });
  const { files } = await queries.snapshot();
  const total = files.captures.reduce((sum, { rows }) => sum + rows, 0);
  const step = Math.max(1, Math.floor(total / count));
  const rows = await queries.rows(
    'SELECT id, stored_sha256 FROM captures WHERE leaf % $step::BIGINT = $rest::BIGINT ORDER BY leaf LIMIT $count::BIGINT',
    { step, rest: Math.floor(step / 3), count },
  );
  queries.close();
  console.log(`${total} captures in ${files.captures.length} files`);
  return rows.flatMap((row, n): Question[] => [
    { kind: 'id', key: String(row['id']) },
    { kind: 'digest', key: String(row['stored_sha256']) },
    { kind: 'absent id', key: hex(n, 20) },
    { kind: 'absent digest', key: hex(n, 64) },
  ]);
}

function tail(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** As src/main.ts keeps it. */
const compiled = join(import.meta.dirname, '../../node_modules/.cache/plumbline-compiled');

async function inNewProcess(path: string, question: Question, isCompiled: boolean): Promise<readonly Took[]> {
  const { NODE_COMPILE_CACHE: _own, ...env } = process.env;
  const child = fork(import.meta.filename, ['--child', path], {
    env: isCompiled ? { ...env, NODE_COMPILE_CACHE: compiled } : env,
  });
  child.send(question);
  const [answer] = (await once(child, 'message')) as [readonly Took[]];
  await once(child, 'exit');
  const sum = (of: (took: Took) => number): number => answer.reduce((all, took) => all + of(took), 0);
  const together: Took = {
    kind: 'together',
    wall: sum(({ wall }) => wall),
    cpu: sum(({ cpu }) => cpu),
    reads: sum(({ reads: some }) => some),
  };
  return [...answer, together];
}

function print(title: string, all: readonly Took[]): void {
  console.log(`${title.padEnd(22)}   asked     p50     p99 cpu p50 cpu p99 reads`);
  for (const kind of ['open', ...kinds, 'together'] as const) {
    const some = all.filter((one) => one.kind === kind);
    if (some.length === 0) continue;
    const [wall, cpu] = [some.map((one) => one.wall), some.map((one) => one.cpu)];
    const figures = [tail(wall, 0.5), tail(wall, 0.99), tail(cpu, 0.5), tail(cpu, 0.99)];
    const row = figures.map((value) => value.toFixed(1).padStart(8)).join('');
    const most = Math.max(...some.map((one) => one.reads));
    console.log(`${kind.padEnd(22)}${String(some.length).padStart(8)}${row}${String(most).padStart(6)}`);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cold: { type: 'string', default: '20' },
      warm: { type: 'string', default: '200' },
      uncompiled: { type: 'boolean', default: false },
      child: { type: 'boolean', default: false },
    },
  });
  const [path = ''] = positionals;
  if (values.child) {
    const [question] = (await once(process, 'message')) as [Question];
    process.send?.(await ask(path, [question]));
    process.disconnect();
    return;
  }
  const questions = await questionsOf(path, Math.max(Number(values.cold), Number(values.warm)));
  const cold: Took[] = [];
  for (const [i, question] of questions.slice(0, 4 * Number(values.cold)).entries()) {
    // The first compiles for the others.
    if (i === 0) await inNewProcess(path, question, !values.uncompiled);
    cold.push(...(await inNewProcess(path, question, !values.uncompiled)));
  }
  print('in a new process', cold);
  const warm = await ask(path, questions.slice(0, 4 * Number(values.warm)));
  // By then each filter was asked once.
  print('in one that looked', warm.slice(1 + 4));
}

await main();
