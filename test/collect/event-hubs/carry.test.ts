import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { carryPartition } from '../../../src/collect/event-hubs/carry.ts';
import type { Hub } from '../../../src/collect/event-hubs/hub.ts';
import type { HubEvent } from '../../../src/collect/event-hubs/link.ts';
import type { Standing } from '../../../src/collect/event-hubs/standing.ts';
import { silentLogger } from '../../../src/lib/log.ts';
import { T0 } from '../../support/samples.ts';

const message: HubEvent = { sequence: 0, offset: '0', enqueuedAt: T0, body: Buffer.from('{}') };

test('a partition whose first question is never answered is taken up anew when the watchdog says so', async () => {
  let questions = 0;
  const hub: Hub = {
    partitions: () => Promise.resolve(['0']),
    state(_partition, signal) {
      if (++questions > 1) return Promise.resolve({ first: 0, last: 0, enqueuedAt: T0 });
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('nobody waits')), { once: true });
      });
    },
    async *read(_partition, _after, signal) {
      yield [message];
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
    },
    close: () => Promise.resolve(),
  };
  const abort = new AbortController();
  const standing: Standing = {
    partition: '0',
    stream: 'eventhubs/example.com/hub/0',
    last: undefined,
    enqueuedAt: undefined,
    marks: [],
    arrived: 0,
    isOffering: false,
    newest: undefined,
    renew: () => undefined,
  };
  const taken: number[] = [];
  const carrying = carryPartition({
    hub,
    context: {
      source: 'test',
      signal: abort.signal,
      clock: () => T0,
      log: silentLogger,
      durableSequence: () => Promise.resolve(undefined),
    },
    standing,
    // An attempt that was broken off on purpose is followed by another at once.
    pace: { firstDelayMs: 60_000, maxDelayMs: 60_000, jitter: () => 0 },
    signal: abort.signal,
    give: (captures) => {
      taken.push(...captures.map(({ sequence }) => sequence));
      abort.abort();
      return Promise.resolve();
    },
    isStillOurs: () => Promise.resolve(true),
    tell: () => undefined,
  });
  await expect.poll(() => questions).toBe(1);
  standing.renew('messages wait in the hub, and none arrives', 'handed over');
  await carrying;
  expect({ questions, taken }).toEqual({ questions: 2, taken: [0] });
});
