import { parseArgs } from 'node:util';
import { runKills } from './kills.ts';

/**
 * `node test/faults/kill-nine.long.ts [--kills 1000] [--lot 50] [--at-once 2] [--seed …]`: kills a real `plumbline run`
 * with `kill -9`, in lots of which every fifth runs two worker threads. Ends with 1 when a lake lacks a record, has one
 * twice, does not verify or did not recover by itself.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    lot: { type: 'string', default: '50' },
    'at-once': { type: 'string', default: '2' },
    seed: { type: 'string', default: 'kill-nine' },
  },
});
const lot = Number(values.lot);
const lots = Math.ceil(Number(values.kills) / lot);
let next = 0;
let [kills, whileStarting, records, bad] = [0, 0, 0, 0];

async function workOff(): Promise<void> {
  while (next < lots) {
    const number = next++;
    const outcome = await runKills({
      seed: `${values.seed}-${number}`,
      kills: lot,
      workers: number % 5 === 4 ? 2 : 1,
      lookEvery: 10,
    });
    kills += outcome.kills;
    whileStarting += outcome.whileStarting;
    records += outcome.records;
    const isBad = outcome.faults.length > 0 || outcome.exitCode !== 0;
    if (isBad) bad++;
    console.log(
      JSON.stringify({ lot: number, ...outcome, faults: outcome.faults.slice(0, 5), total: kills, bad }),
    );
  }
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(values['at-once']) }, workOff));
const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(JSON.stringify({ kills, whileStarting, lots, records, bad, seconds }));
process.exitCode = bad === 0 ? 0 : 1;
