import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS } from '../../src/lib/clock.ts';
import { compileInterposer } from '../faults/strike.ts';
import { startBroker } from '../support/amqp/broker.ts';
import type { Broker } from '../support/amqp/broker.ts';
import { messageOf } from './kafka-load.ts';
import { watchService } from './memory.ts';
import type { MemoryOutcome } from './memory.ts';

const RECORDS_PER_MESSAGE = 50;
const WARM_UP = 200;
const PARTITIONS = 4;

/** The same bytes each time, so that the hub beside us needs no memory for them. */
const body = messageOf(1, RECORDS_PER_MESSAGE);
const fill = (broker: Broker, messages: number): void => {
  for (let n = 0; n < messages; n++) broker.append(n % PARTITIONS, body);
};
const sourceOf = (broker: Broker) => ({
  hub: { type: 'event_hubs', connectionString: broker.connectionString, watchSeconds: 5 },
});

/** A disk that takes nothing for some minutes, while a hub holds far more than fits into memory. */
export async function stalledSink(minutes: number, messages: number): Promise<MemoryOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-interposer-'));
  const flag = join(folder, 'disk-is-full');
  await using broker = await startBroker({ partitions: PARTITIONS });
  fill(broker, WARM_UP);
  await using service = await watchService({
    sources: sourceOf(broker),
    env: {
      LD_PRELOAD: compileInterposer(folder),
      FAULT_BELOW: '/data/lake',
      FAULT_KIND: 'enospc',
      FAULT_WHILE: flag,
    },
  });
  await service.untilSealed(WARM_UP);
  const beforeMib = service.residentMib();
  const startedAt = performance.now();
  writeFileSync(flag, '');
  fill(broker, messages);
  await sleep(minutes * MINUTE_MS);
  rmSync(folder, { recursive: true });
  await service.untilSealed(WARM_UP + messages);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const records = (WARM_UP + messages) * RECORDS_PER_MESSAGE;
  return { scenario: 'stalled sink', beforeMib, records, seconds, ...(await service.finish()) };
}

/** Some minutes without a message, then all at once: credit that gathered meanwhile would let all of it in. */
export async function idleThenBurst(minutes: number, messages: number): Promise<MemoryOutcome> {
  await using broker = await startBroker({ partitions: PARTITIONS });
  fill(broker, WARM_UP);
  await using service = await watchService({ sources: sourceOf(broker) });
  await service.untilSealed(WARM_UP);
  await sleep(minutes * MINUTE_MS);
  const beforeMib = service.residentMib();
  const startedAt = performance.now();
  fill(broker, messages);
  await service.untilSealed(WARM_UP + messages);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const records = (WARM_UP + messages) * RECORDS_PER_MESSAGE;
  return { scenario: 'idle, then a burst', beforeMib, records, seconds, ...(await service.finish()) };
}

const LINES = 1000;

/** Records one to a line, each with an id of its own, a thousand to a millisecond. */
function linesFrom(first: number): string {
  const { records } = JSON.parse(messageOf(first / LINES, LINES).toString()) as {
    records: readonly unknown[];
  };
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** A backlog that comes as fast as it can be taken. */
export async function catchUp(records: number, say: (text: string) => void): Promise<MemoryOutcome> {
  await using service = await watchService({
    sources: { backlog: { type: 'files', paths: ['-'] } },
    isFed: true,
  });
  const { stdin } = service.child.process;
  if (stdin === null) throw new Error('the service has no standard input');
  const beforeMib = service.residentMib();
  const startedAt = performance.now();
  for (let sent = 0; sent < records; sent += LINES) {
    if (!stdin.write(linesFrom(sent))) await once(stdin, 'drain');
    if (sent % 1_000_000 === 0) say(`${sent} records, ${service.residentMib()} MiB`);
  }
  stdin.end();
  const [, url = ''] = /"url":"(http:[^"]+)"/.exec(service.child.err()) ?? [];
  await untilRead(url);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { scenario: 'catching up', beforeMib, records, seconds, ...(await service.finish()) };
}

/** Waits until the source was read to its end, which is when all of it is sealed. */
async function untilRead(url: string): Promise<void> {
  for (;;) {
    const answer = (await (await fetch(`${url}/readyz`)).json()) as {
      readonly components: readonly { readonly detail: string }[];
    };
    if (answer.components.some(({ detail }) => detail === 'read to its end')) return;
    await sleep(500);
  }
}
