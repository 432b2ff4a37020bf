import { parseArgs } from 'node:util';
import { seededRandom } from '../../../src/lib/random.ts';
import { flipBit, randomWorld, verifyWorld } from './random-world.ts';

/**
 * Grows lakes at random, with writers that seal, put files together, delete by retention and erase; verifies each as it is,
 * and with a bit flipped: `node test/store/maintain/random-worlds.long.ts [--worlds 1000] [--seed plumbline]`. Exits 1 on
 * a false alarm or a miss.
 */
const { values } = parseArgs({
  options: {
    worlds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'plumbline' },
  },
});

const worlds = Number(values.worlds);
const done = { falseAlarms: 0, missed: 0, emptied: 0, cut: 0, removed: 0, changed: 0, compacted: 0 };
for (let n = 0; n < worlds; n++) {
  const seed = `${values.seed} ${n}`;
  const world = await randomWorld(seed);
  const { faults, carriedOut, compacted } = await verifyWorld(world);
  const said = [...world.faults, ...faults.map(({ kind, place, what }) => `${kind} ${place} ${what}`)];
  if (said.length > 0) {
    done.falseAlarms++;
    console.error(`FALSE ALARM in "${seed}":\n  ${said.join('\n  ')}\n  ${world.deeds.join('; ')}`);
  }
  for (const carried of carriedOut)
    for (const what of ['emptied', 'cut', 'removed', 'changed'] as const) done[what] += carried[what];
  done.compacted += compacted.files;
  const { path, bent } = flipBit(world, seededRandom(`${seed} bit`));
  const found = await verifyWorld({ ...world, memory: bent });
  if (!found.faults.some(({ place }) => place.includes(path))) {
    done.missed++;
    console.error(`MISSED in "${seed}": a bit of ${path}`);
  }
}
console.log(JSON.stringify({ worlds, seed: values.seed, ...done }));
process.exitCode = done.falseAlarms + done.missed > 0 ? 1 : 0;
