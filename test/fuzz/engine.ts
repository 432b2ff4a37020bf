import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { createEngine } from '../../src/detect/engine/engine.ts';
import { compare } from '../detect/engine/agreement.ts';
import { packs } from '../detect/engine/pairs.ts';

const RULES = 40;
const RECORDS = 100;

/**
 * The fast engine against the plain evaluator on a million generated pairs of a rule and a record:
 * `npm run fuzz -- [--pairs 1000000] [--seed N]`. Prints the seed, which gives the same pairs again; ends with 1 at a
 * difference.
 */
function main(): void {
  const { values } = parseArgs({
    options: { pairs: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
  });
  const wanted = Number(values.pairs);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  process.stdout.write(`seed ${seed}\n`);
  const totals = { pairs: 0, matches: 0, differences: 0 };
  for (let nth = 0; totals.pairs < wanted; nth++) {
    const [pack] = fc.sample(packs(RULES, RECORDS), { numRuns: 1, seed: seed + nth });
    if (pack === undefined) throw new Error('no pack was made');
    const { pairs, matches, differences } = compare(pack, createEngine);
    totals.pairs += pairs;
    totals.matches += matches;
    totals.differences += differences.length;
    for (const difference of differences) process.stdout.write(`seed ${seed + nth}: ${difference}\n`);
    if (nth % 25 === 24) process.stderr.write(`${totals.pairs} pairs\n`);
  }
  const share = ((100 * totals.matches) / totals.pairs).toFixed(1);
  process.stdout.write(
    `${totals.pairs} pairs, ${share} % of them matches, ${totals.differences} differences, seed ${seed}\n`,
  );
  process.exitCode = totals.differences === 0 ? 0 : 1;
}

main();
