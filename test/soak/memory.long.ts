import { parseArgs } from 'node:util';
import { catchUp, idleThenBurst, stalledSink } from './memory-scenarios.ts';
import type { MemoryOutcome } from './memory.ts';

/**
 * `node test/soak/memory.long.ts [--only stalled,idle,backlog] [--stalled-minutes 10] [--idle-minutes 5]
 * [--messages 10000] [--records 10000000] [--limit-mib 768]`: the memory of a real service, with the settings that
 * nobody changed, seen from outside. Linux, and gcc for the disk that fails. Ends with 1 above the limit.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'stalled,idle,backlog' },
    'stalled-minutes': { type: 'string', default: '10' },
    'idle-minutes': { type: 'string', default: '5' },
    messages: { type: 'string', default: '10000' },
    records: { type: 'string', default: '10000000' },
    'limit-mib': { type: 'string', default: '768' },
  },
});
const messages = Number(values.messages);
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const scenarios: Readonly<Record<string, () => Promise<MemoryOutcome>>> = {
  stalled: () => stalledSink(Number(values['stalled-minutes']), messages),
  idle: () => idleThenBurst(Number(values['idle-minutes']), messages),
  backlog: () => catchUp(Number(values.records), say),
};
let isBad = false;
for (const name of values.only.split(',')) {
  const outcome = await scenarios[name]?.();
  if (outcome === undefined)
    throw new Error(`no scenario ${name}; there are ${Object.keys(scenarios).join(', ')}`);
  isBad ||= outcome.peakMib > Number(values['limit-mib']) || outcome.exitCode !== 0;
  console.log(JSON.stringify(outcome));
}
process.exit(isBad ? 1 : 0);
