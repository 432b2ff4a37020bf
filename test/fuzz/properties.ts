import { spawnSync } from 'node:child_process';
import { readFileSync, globSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** Rounds run beside other work, which may leave them little of the processors: only what never ends times out. */
const RUN = '--project alone --project shared --reporter minimal --testTimeout 1800000'.split(' ');

/**
 * All property tests again and again, each round with values of its own: `npm run fuzz:properties -- [--rounds 20]
 * [--seed N] [--only store]`. Prints each round's seed, which gives the same values again (`PROPERTY_SEED=N npm test`);
 * ends with 1 at the first failure, after its round.
 */
function main(): void {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      seed: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  const files = globSync('test/**/*.test.ts').filter(
    (file) =>
      file.includes(values.only) &&
      !file.endsWith('.live.test.ts') &&
      readFileSync(file, 'utf8').includes('fc.assert('),
  );
  const first = Number(values.seed ?? Date.now() % 2 ** 31);
  for (let nth = 0; nth < Number(values.rounds); nth++) {
    const seed = first + nth;
    process.stdout.write(`round ${nth + 1}, ${files.length} files, seed ${seed}\n`);
    const { status } = spawnSync('vitest', ['run', ...RUN, ...files], {
      env: { ...process.env, PROPERTY_SEED: String(seed) },
      stdio: 'inherit',
    });
    if (status !== 0) {
      process.exitCode = 1;
      return;
    }
  }
}

main();
