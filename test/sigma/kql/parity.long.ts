import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { admits, agrees, compared, elementCases, exactWorld, memberCases, oddWorld } from './worlds.ts';

/**
 * The comparison of `parity.test.ts`, longer: queries on an interpreter against the engine.
 * `node test/sigma/kql/parity.long.ts --runs 100000 --seed 7`
 */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const settings = { numRuns: Number(values.runs), seed: Number(values.seed) };

for (const [name, cases, holds] of [
  ['members of an object', memberCases(exactWorld), agrees],
  ['elements of an array', elementCases(exactWorld), agrees],
  ['odd texts in members', memberCases(oddWorld), admits],
  ['odd texts in elements', elementCases(oddWorld), admits],
] as const) {
  let asked = 0;
  fc.assert(
    fc.property(cases, ([text, record]) => {
      const of = compared(text, record);
      asked += of === undefined ? 0 : 1;
      return of === undefined || holds(of);
    }),
    settings,
  );
  console.log(`${name}: ${asked} rules and records, no disagreement (seed ${settings.seed})`);
}
