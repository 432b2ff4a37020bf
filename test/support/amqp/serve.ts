import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { demoDay } from '../../../src/collect/demo/day.ts';
import { demoSettings } from '../../../src/collect/demo/settings.ts';
import { startBroker } from './broker.ts';
import { faultSchedule } from './faults.ts';

/**
 * An event hub on this machine, filled with the demo's day, for `plumbline run` to read:
 * `node test/support/amqp/serve.ts [--port 5672] [--partitions 4] [--records 62000] [--per-second 0] [--spread] [--faults SEED] [--config FILE]`
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '5672' },
    partitions: { type: 'string', default: '4' },
    records: { type: 'string', default: '62000' },
    /** Messages a second; 0 puts all of them in at once. */
    'per-second': { type: 'string', default: '0' },
    /** Steals, drops, stalls and the rest strike as this seed says. */
    faults: { type: 'string' },
    /** Messages go to the partitions in turn, and not by the hub that the demo would send them to. */
    spread: { type: 'boolean', default: false },
    /** Writes a configuration file that reads this hub. */
    config: { type: 'string' },
  },
});
const partitions = Number(values.partitions);
const perSecond = Number(values['per-second']);
const messages = [
  ...demoDay(demoSettings.parse({ type: 'demo', records: Number(values.records) }), 'demo'),
].flat();
const schedule =
  values.faults === undefined
    ? []
    : faultSchedule(values.faults, { deliveries: messages.length, partitions, strikes: 20 });

await using broker = await startBroker({ port: Number(values.port), partitions, schedule });
if (values.config !== undefined)
  writeFileSync(
    values.config,
    `data: ./data/from-hub\nsources:\n  hub:\n    type: event_hubs\n    connectionString: '${broker.connectionString}'\n`,
  );
console.log(`event hub "${broker.hub}" with ${partitions} partitions at 127.0.0.1:${broker.port}`);
console.log(`connectionString: ${broker.connectionString}`);

const stopped = new AbortController();
const stop = once(process, 'SIGINT').then(() => stopped.abort());
const streams = new Map<string, number>();
let put = 0;
for (const { stream, body, enqueuedAt } of messages) {
  if (stopped.signal.aborted) break;
  const key = values.spread ? String(put++ % partitions) : stream;
  const partition = streams.get(key) ?? streams.size % partitions;
  streams.set(key, partition);
  broker.append(partition, body, enqueuedAt);
  if (perSecond > 0)
    await sleep(1000 / perSecond, undefined, { signal: stopped.signal }).catch(() => undefined);
}
console.log(`${messages.length} messages are in it; Ctrl-C ends it`);
await stop;
console.log(`${broker.seen.deliveries} deliveries over ${broker.seen.attaches} links`);
