import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/lib/random.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openQueries } from '../../src/store/queries.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { startChild } from '../support/child.ts';
import { startBroker } from '../support/kafka/broker.ts';
import { openCluster } from '../support/kafka/cluster.ts';
import { startFleet } from './kafka-fleet.ts';
import { sendLoad } from './kafka-load.ts';
import type { Load } from './kafka-load.ts';

export interface Scenario {
  readonly seed: string;
  readonly classPath: string;
  readonly members: number;
  readonly partitions: number;
  readonly messages: number;
  readonly recordsPerMessage: number;
  readonly messagesPerBatch: number;
  readonly pauseMs: number;
  /** At the least; members are killed as long as messages are being sent. */
  readonly kills: number;
  readonly killEveryMs: number;
  readonly brokerRestarts: number;
  readonly sealRecords: number;
  readonly limitMs: number;
  readonly detections?: string;
  readonly say?: (text: string) => void;
}

/** What the lake holds in the end, against what the topic holds. */
export interface Outcome {
  readonly kills: number;
  readonly starts: number;
  readonly brokerRestarts: number;
  /** Seals refused because another process had carried a stream on. */
  readonly taken: number;
  readonly exitCodes: readonly (number | null)[];
  /** Messages in the topic, by its end offsets. */
  readonly inTopic: number;
  /** Rows of `captures`, and how many different places in the streams they name. */
  readonly captures: number;
  readonly distinct: number;
  /** Messages whose bytes differ from what was sent there, or that are missing. */
  readonly wrong: number;
  readonly events: number;
  readonly distinctEvents: number;
  readonly deadLetters: number;
  readonly verifyCode: number | null;
  readonly verifySaid: string;
  /** Most that a member ever had resident, MiB. */
  readonly peakMib: number;
  /** From the first message until all of them were sealed. */
  readonly seconds: number;
}

const TOPIC = 'soak';
const MOST_WAITED_MS = 5 * 60_000;
const streamOf = (partition: number): string => `kafka/soak/${TOPIC}/${partition}`;

/**
 * Lets several `plumbline run` processes share the partitions of one topic and write one lake, kills them and
 * restarts the broker meanwhile, waits until the lake has everything, and counts.
 */
export async function runScenario(scenario: Scenario): Promise<Outcome> {
  const { say = () => undefined, partitions } = scenario;
  const random = seededRandom(scenario.seed);
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-soak-'));
  await using broker = await startBroker(scenario.classPath);
  await using cluster = await openCluster(broker);
  await cluster.createTopic(TOPIC, partitions);
  const lake = join(folder, 'data', 'lake');
  await using fleet = await startFleet({
    folder,
    members: scenario.members,
    sealRecords: scenario.sealRecords,
    ...(scenario.detections === undefined ? {} : { detections: scenario.detections }),
    source: {
      type: 'kafka',
      brokers: [broker.plain],
      topics: [TOPIC],
      cluster: 'soak',
      sessionTimeoutMs: 3000,
      handOverMs: 2000,
    },
  });
  const startedAt = performance.now();
  let restarts = 0;
  let looked = await readSnapshot(folderFiles(lake));
  const allSent = new AbortController();
  const loading = sendLoad(cluster, { ...scenario, topic: TOPIC }).finally(() => allSent.abort());
  const disturbing = (async () => {
    const restartAfter = Math.max(1, Math.floor(scenario.kills / (scenario.brokerRestarts + 1)));
    for (let turn = 1; turn <= scenario.kills || !allSent.signal.aborted; turn++) {
      await sleep(scenario.killEveryMs * (0.5 + random.next()));
      await untilSomethingIsSealed();
      fleet.kill(random);
      if (turn % restartAfter === 0 && restarts < scenario.brokerRestarts) {
        restarts++;
        await broker.restart(random.chance(0.5) ? 'SIGKILL' : 'SIGTERM');
        say(`broker restarted ${restarts} times; ${fleet.kills()} kills, ${looked.seals} seals`);
      }
    }
  })();
  const load = await loading;
  say(`sent ${load.messages} messages in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  await disturbing;
  const ends = await endOffsets();
  await untilSealed(ends);
  const seconds = (performance.now() - startedAt) / 1000;
  const exitCodes = await fleet.drain();
  const verified = await startChild(['verify', '--config', 'member-1.yml'], { cwd: folder }).ended;
  const counted = await count(load, ends);
  const outcome: Outcome = {
    ...counted,
    kills: fleet.kills(),
    starts: fleet.starts(),
    brokerRestarts: restarts,
    taken: fleet.taken(),
    exitCodes,
    inTopic: ends.reduce((sum, end) => sum + end, 0),
    verifyCode: verified.code,
    verifySaid: verified.out + verified.err,
    peakMib: fleet.peakMib(),
    seconds,
  };
  rmSync(folder, { recursive: true, force: true });
  return outcome;

  async function endOffsets(): Promise<number[]> {
    const wanted = Array.from({ length: partitions }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: -1n,
    }));
    const [found] = await cluster.admin.listOffsets({ topics: [{ name: TOPIC, partitions: wanted }] });
    const list = Array.from<number>({ length: partitions }).fill(0);
    for (const { partitionIndex, offset } of found?.partitions ?? []) list[partitionIndex] = Number(offset);
    return list;
  }

  /** On a machine so busy that starting takes longer than the time between two kills, nothing would ever be sealed. */
  async function untilSomethingIsSealed(): Promise<void> {
    const limit = performance.now() + MOST_WAITED_MS;
    const before = looked.seals;
    for (;;) {
      looked = await readSnapshot(folderFiles(lake), looked);
      const sealed = [...looked.cursors.values()].reduce((sum, last) => sum + last + 1, 0);
      const isEnough = looked.seals > before || sealed >= scenario.messages;
      if (isEnough || performance.now() > limit) return;
      await sleep(200);
    }
  }

  async function untilSealed(due: readonly number[]): Promise<void> {
    const limit = performance.now() + scenario.limitMs;
    let known = looked;
    for (;;) {
      const missing = due.filter(
        (end, partition) => (known.cursors.get(streamOf(partition)) ?? -1) < end - 1,
      ).length;
      if (missing === 0) return;
      if (performance.now() > limit)
        throw new Error(`${missing} partitions are behind:\n${fleet.said().slice(-6000)}`);
      await sleep(200);
      known = await readSnapshot(folderFiles(lake), known);
    }
  }

  async function count(sent: Load, due: readonly number[]) {
    const queries = await openQueries({ path: lake });
    try {
      await queries.snapshot();
      const one = async (sql: string): Promise<number> =>
        Number(Object.values((await queries.rows(sql))[0] ?? {})[0]);
      const found = new Map<string, string>();
      await queries.each('SELECT stream, sequence, original_sha256 FROM captures', {}, (row) => {
        found.set(`${String(row['stream'])}@${String(row['sequence'])}`, String(row['original_sha256']));
      });
      let wrong = 0;
      for (const [partition, end] of due.entries())
        for (let offset = 0; offset < end; offset++) {
          const digest = found.get(`${streamOf(partition)}@${offset}`);
          const expected = sent.digests[partition]?.[offset];
          if (digest === undefined || (expected !== undefined && expected !== digest)) wrong++;
        }
      return {
        captures: await one('SELECT count(*) FROM captures'),
        distinct: found.size,
        wrong,
        events: await one('SELECT count(*) FROM events'),
        distinctEvents: await one('SELECT count(DISTINCT id) FROM events'),
        deadLetters: await one('SELECT count(*) FROM dead_letters'),
      };
    } finally {
      queries.close();
    }
  }
}
