import { isDeepStrictEqual, parseArgs } from 'node:util';
import { runSchedule } from '../../support/amqp/scheduled-run.ts';

/**
 * Two processes, one hub, one lake, and a schedule of faults for each seed: the evidence and its roots have to be those
 * of the undisturbed run. `node test/collect/event-hubs/schedules.long.ts [--runs 200] [--first 1] [--at-once 4]`
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '4' },
  },
});
const first = Number(values.first);
const seeds = Array.from({ length: Number(values.runs) }, (_, n) => `s${first + n}`);
const { evidence: expected } = await runSchedule(undefined);
const totals = { same: 0, deliveries: 0, attaches: 0, restarts: 0, crashes: 0 };
const different: string[] = [];
let done = 0;

async function runOne(seed: string): Promise<void> {
  try {
    const { evidence, deliveries, attaches, restarts, crashes, schedule } = await runSchedule(seed);
    totals.deliveries += deliveries;
    totals.attaches += attaches;
    totals.restarts += restarts;
    totals.crashes += crashes;
    if (isDeepStrictEqual(evidence, expected)) totals.same++;
    else different.push(`${seed}: ${schedule.map(({ fault }) => fault.kind).join(', ')}`);
  } catch (thrown) {
    different.push(`${seed}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (++done % 10 === 0) console.error(`${done} runs, ${different.length} differ`);
}

const left = seeds.values();
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    for (const seed of left) await runOne(seed);
  }),
);
console.log(
  `${totals.same} of ${values.runs} runs hold the evidence of the undisturbed one, ${expected.captures.length} messages each: ` +
    `${totals.deliveries} deliveries, ${totals.attaches} attaches, ${totals.crashes} crashes, ${totals.restarts} restarts`,
);
for (const line of different) console.log(line);
// Not left to end by itself: a client of the SDK that is closed as it connects renews its token for as long as there is a process.
process.exit(different.length > 0 ? 1 : 0);
