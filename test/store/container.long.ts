/**
 * Two writers make 2,000 seals each in one container behind a service that fails a tenth of its requests. Run by
 * `node test/store/container.long.ts [commits] [seed] [rate]`; ends with 1 when anything was lost or doubled.
 */
import { twoWriters } from './two-writers.ts';

const [commits = '2000', seed = 'long', rate = '0.1'] = process.argv.slice(2);
const from = performance.now();
let seals = 0;
const sealed = (): void => {
  if (++seals % 200 === 0)
    console.error(`${seals} seals, ${Math.round((performance.now() - from) / 1000)} s`);
};
const outcome = await twoWriters(seed, Number(commits), Number(rate), { timeoutMs: 1500, sealed });
const { verified, captures, eventCommits, eventSeals, mishaps } = outcome;
const present = new Set(captures);
const lost: string[] = [];
for (const writer of ['left', 'right']) {
  for (let n = 1; n <= Number(commits); n++)
    if (!present.has(`hub/${writer}@${n}`)) lost.push(`hub/${writer}@${n}`);
}
const report = {
  seconds: Math.round((performance.now() - from) / 1000),
  seals: outcome.commits,
  streamsTaken: outcome.taken,
  sealsTriedAgain: outcome.failed,
  mishaps: Object.fromEntries(mishaps),
  captures: captures.length,
  lost: lost.length,
  doubledRows: captures.length - present.size,
  doubledCommits: eventCommits - eventSeals.size,
  faults: verified.faults.slice(0, 5),
};
console.log(JSON.stringify(report, undefined, 2));
const isExact = lost.length + report.doubledRows + report.doubledCommits + verified.faultCount === 0;
process.exitCode = isExact ? 0 : 1;
