import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/lib/random.ts';
import { bendLake, bends } from './mutations/bends.ts';
import { openBuiltRun } from './mutations/built.ts';
import { grown, maintained } from './mutations/history.ts';
import type { History } from './mutations/history.ts';

/**
 * Bends lakes in every way there is, thousands of times, and looks whether the built `verify.mjs` finds each with only the
 * published checkpoint and the key, and names it rightly; then verifies clean lakes, in which it must find nothing. Half of
 * the lakes are maintained: files put together, data deleted by retention, people erased.
 * `node test/proof/mutations.long.ts [--mutations 10000] [--clean 1000] [--seed plumbline]`. Exits 1 on any miss.
 */
const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '10000' },
    clean: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'plumbline' },
  },
});
const [wanted, clean, seed] = [Number(values.mutations), Number(values.clean), values.seed];

/** Mutations of one lake before the next. */
const PER_LAKE = 100;
using run = await openBuiltRun();
const problems: string[] = [];
const tell = (problem: string): void => {
  problems.push(problem);
  console.error(problem);
};

/** Every other lake is maintained; of the others most are small, some have full tiles, some Delta checkpoints. */
function lakeOf(n: number): Promise<History> {
  const name = `${seed} ${n}`;
  if (n % 2 === 1) return maintained(name);
  if (n % 10 === 0) return grown(name, 400, 130);
  return n % 40 === 4 ? grown(name, 220, 1) : grown(name, 40, 20);
}

async function checkClean(history: History, name: string): Promise<void> {
  const { code, faults, gaps } = await run.verify(history.newest, history.keys, history.published);
  if (code !== 0) tell(`${name}: exit code ${code}, ${JSON.stringify([...faults, ...gaps].slice(0, 2))}`);
}

async function bendOne(history: History, name: string, n: number): Promise<boolean> {
  const bend = bends[name];
  const random = seededRandom(`${seed} ${name} ${n}`);
  const done = bend === undefined ? undefined : await bendLake(bend, history, random);
  if (done === undefined) return false;
  const { code, ok, faults } = await run.verify(done.bent, history.keys, history.published);
  const places = faults.map(({ place }) => place).join('\n');
  if (ok || code !== 1) tell(`run ${n}: ${name}: not found (exit code ${code})`);
  else if (!done.place.test(places))
    tell(`run ${n}: ${name}: named ${places.split('\n').slice(0, 3).join(', ')}, not ${done.place.source}`);
  return true;
}

const names = Object.keys(bends);
const counts = new Map<string, number>();
let [done, tried, ofMaintained] = [0, 0, 0];
const start = process.cpuUsage();
for (let lake = 0; done < wanted; lake++) {
  const history = await lakeOf(lake);
  await checkClean(history, `lake ${lake}, not bent`);
  const before = done;
  for (let i = 0; i < PER_LAKE && done < wanted; i++, tried++) {
    const name = names[tried % names.length] ?? '';
    if (!(await bendOne(history, name, tried))) continue;
    done++;
    if (history.isMaintained) ofMaintained++;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (done % 500 === 0) console.error(`${done} mutations, ${problems.length} wrong`);
  }
  if (done === before) throw new Error(`lake ${lake} could not be bent in any way: something is broken`);
}
for (let n = 0; n < clean; n++) {
  const random = seededRandom(`${seed} clean ${n}`);
  await checkClean(
    await grown(`${seed} clean ${n}`, random.int(2, 60), random.int(1, 25)),
    `clean lake ${n}`,
  );
}
const { user, system } = process.cpuUsage(start);
console.log(
  `${done} mutations of ${counts.size} kinds (${ofMaintained} of maintained lakes) and ${clean} clean lakes by the built verify.mjs, seed "${seed}": ${problems.length} wrong, ${Math.round((user + system) / 1e6)} s of CPU`,
);
for (const name of names) if (!counts.has(name)) problems.push(`${name}: no lake had what was to be bent`);
process.exitCode = problems.length > 0 ? 1 : 0;
