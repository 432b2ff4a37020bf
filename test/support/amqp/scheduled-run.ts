import { setTimeout as sleep } from 'node:timers/promises';
import { memoryClaims } from '../../../src/collect/event-hubs/claims.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import { T0 } from '../samples.ts';
import { startBroker } from './broker.ts';
import { streamAt } from './collecting.ts';
import { faultSchedule } from './faults.ts';
import type { Strike } from './faults.ts';
import { createSharedLake, startMember } from './into-lake.ts';
import type { Evidence, Member } from './into-lake.ts';

const PARTITIONS = 3;
const MESSAGES = 120;
const STRIKES = 8;
/** A run in which nothing was sent and nothing became durable for this long has stopped for good. */
const PATIENCE_MS = 120_000;

export interface ScheduledRun {
  readonly evidence: Evidence;
  readonly schedule: readonly Strike[];
  /** Messages that went over the wire, repeated ones too. */
  readonly deliveries: number;
  readonly attaches: number;
  readonly restarts: number;
  readonly crashes: number;
}

const bodyOf = (n: number): string =>
  JSON.stringify({
    records: [
      {
        time: new Date(T0 + n).toISOString(),
        resourceId: `/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/N/${n}`,
        operationName: 'test',
      },
    ],
  });

/**
 * Two members of a consumer group read one hub into one lake while a schedule of faults strikes: half of the messages
 * are there before, half come meanwhile, one member dies and comes back. `seed` undefined is the undisturbed run.
 */
export async function runSchedule(seed: string | undefined): Promise<ScheduledRun> {
  const size = { deliveries: MESSAGES, partitions: PARTITIONS, strikes: STRIKES };
  const schedule = seed === undefined ? [] : faultSchedule(seed, size);
  await using broker = await startBroker({ partitions: PARTITIONS, schedule });
  using lake = createSharedLake();
  const claims = memoryClaims();
  const random = seededRandom(`run/${seed ?? ''}`);
  const crashAt = seed !== undefined && random.chance(0.5) ? random.int(10, MESSAGES) : undefined;
  const secondAt = seed === undefined ? 0 : random.int(0, MESSAGES);
  const put = (n: number): void => void broker.append(n % PARTITIONS, bodyOf(n), T0 + n);
  for (let n = 0; n < MESSAGES / 2; n++) put(n);

  const common = {
    broker,
    lake,
    claims,
    sealRecords: random.int(5, 40),
    over: { bufferMessages: 16, watchSeconds: 0.5 },
  };
  const members: Member[] = [await startMember({ ...common, name: 'a' })];
  let crashes = 0;
  let n = MESSAGES / 2;
  let [progress, movedAt] = ['', performance.now()];
  const isDone = (): boolean =>
    n === MESSAGES &&
    broker.logs.every(({ last }, partition) =>
      members.some((member) => (member.durable().get(streamAt(broker, partition)) ?? -1) >= last),
    );
  while (!isDone()) {
    const now = JSON.stringify([broker.seen.deliveries, members.map((member) => [...member.durable()])]);
    if (now !== progress) [progress, movedAt] = [now, performance.now()];
    if (performance.now() - movedAt > PATIENCE_MS)
      throw new Error(`seed ${seed ?? 'none'}: nothing became durable for ${PATIENCE_MS / 1000} s: ${now}`);
    for (let i = 0; i < 4 && n < MESSAGES; i++) put(n++);
    if (members.length === 1 && broker.seen.deliveries >= secondAt)
      members.push(await startMember({ ...common, name: 'b' }));
    if (crashAt !== undefined && crashes === 0 && broker.seen.deliveries >= crashAt) {
      crashes++;
      await members[0]?.crash();
    }
    await sleep(10);
  }
  await Promise.all(members.map((member) => member.stop()));
  return {
    evidence: await lake.evidence(),
    schedule,
    deliveries: broker.seen.deliveries,
    attaches: broker.seen.attaches,
    restarts: members.reduce((sum, { restarts }) => sum + restarts, 0),
    crashes,
  };
}
