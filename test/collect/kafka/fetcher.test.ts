import { describe, expect, test } from 'vitest';
import { createFetcher } from '../../../src/collect/kafka/fetcher.ts';
import type { Cluster } from '../../../src/collect/kafka/fetcher.ts';
import type { Chunk, ClientEvents, Place } from '../../../src/collect/kafka/client.ts';
import { keyOf } from '../../../src/collect/kafka/client.ts';
import { createChunkQueue } from '../../../src/collect/kafka/chunk-queue.ts';
import { startOffset } from '../../../src/collect/kafka/start-offset.ts';
import { silentLogger } from '../../../src/lib/log.ts';
import { encodeBatch } from '../../support/kafka/encode-batch.ts';

const at: Place = { topic: 't', partition: 0 };
const other: Place = { topic: 't', partition: 1 };

/** A cluster in memory: one broker a partition, one record an offset, faults as the test says. */
function memoryCluster(end: number, over: Partial<Cluster> = {}): Cluster & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    of: ({ partition }) => partition,
    refresh: async () => void asked.push('refresh'),
    bounds: async (places) => new Map(places.map((place) => [keyOf(place), { earliest: 0, end }])),
    fetch: async (_broker, wanted) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return {
        errorCode: 0,
        partitions: wanted.map(({ topic, partition, offset }) => {
          asked.push(`${partition}@${offset}`);
          const records =
            offset < end
              ? encodeBatch({ firstOffset: offset, records: [{ value: Buffer.from(String(offset)) }] })
              : Buffer.alloc(0);
          return {
            topic,
            partition,
            errorCode: 0,
            highWatermark: end,
            lastStableOffset: end,
            aborted: [],
            records,
          };
        }),
      };
    },
    ...over,
  };
}

interface Running {
  readonly taken: string[];
  readonly troubles: (string | undefined)[];
  until(isMet: () => boolean): Promise<void>;
  stop(): Promise<void>;
  readonly fetcher: ReturnType<typeof createFetcher>;
}

function start(cluster: Cluster, over: Partial<ClientEvents> = {}): Running {
  const taken: string[] = [];
  const troubles: (string | undefined)[] = [];
  const stop = new AbortController();
  const fetcher = createFetcher(
    cluster,
    {
      begin: async (_at, { earliest }, wanted) => wanted ?? earliest,
      take: async ({ at: from, records }: Chunk) => {
        for (const { offset } of records) taken.push(`${from.partition}@${offset}`);
      },
      damaged: () => undefined,
      lost: () => undefined,
      release: async () => undefined,
      trouble: (what) => void troubles.push(what),
      ...over,
    },
    { fetchBytes: 1000, log: silentLogger, jitter: () => 0 },
  );
  const running = fetcher.run(stop.signal);
  return {
    taken,
    troubles,
    fetcher,
    async until(isMet) {
      for (let tries = 0; !isMet(); tries++) {
        if (tries > 2000) throw new Error(`not met: ${taken.join(' ')}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

describe('the fetcher', () => {
  test('reads each partition from where it is told to, in order and once', async () => {
    const run = start(memoryCluster(5), { begin: async ({ partition }) => (partition === 0 ? 2 : 4) });
    run.fetcher.assign([at, other]);
    await run.until(() => run.taken.length === 4);
    await run.stop();
    expect(run.taken.toSorted()).toEqual(['0@2', '0@3', '0@4', '1@4']);
  });

  test('hands over nothing of a partition that was taken away', async () => {
    const run = start(memoryCluster(1000));
    run.fetcher.assign([at]);
    await run.until(() => run.taken.length > 3);
    run.fetcher.assign([]);
    const count = run.taken.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await run.stop();
    expect(run.taken.length).toBe(count);
  });

  test('a broker that does not answer holds up its own partitions only, and people are told', async () => {
    const healthy = memoryCluster(50);
    const run = start({
      ...healthy,
      fetch: (broker, wanted, limits) =>
        broker === 0
          ? Promise.reject(new Error('connection refused'))
          : healthy.fetch(broker, wanted, limits),
    });
    run.fetcher.assign([at, other]);
    await run.until(() => run.taken.length === 50);
    await run.stop();
    expect(run.taken.every((place) => place.startsWith('1@'))).toBe(true);
    expect(run.troubles[0]).toMatch(/broker 0: .*connection refused/);
    expect(healthy.asked).toContain('refresh');
  });

  test.each([
    ['the cluster does not answer', { bounds: 2, fetch: 0 }, /asking the cluster failed/],
    ['a broker does not answer', { bounds: 0, fetch: 1 }, /broker 0: fetching failed/],
  ])('%s for a while: people are told, and told that it is over', async (_what, failing, told) => {
    const healthy = memoryCluster(5);
    const left = { ...failing };
    const run = start({
      ...healthy,
      bounds: (places) => (left.bounds-- > 0 ? Promise.reject(new Error('reset')) : healthy.bounds(places)),
      fetch: (broker, wanted, limits) =>
        left.fetch-- > 0 ? Promise.reject(new Error('reset')) : healthy.fetch(broker, wanted, limits),
    });
    run.fetcher.assign([at]);
    await run.until(() => run.taken.length === 5);
    await run.stop();
    expect(run.troubles[0]).toMatch(told);
    expect(run.troubles.at(-1)).toBeUndefined();
  });

  test('an offset that the log does not have any more is asked about, never replaced', async () => {
    const healthy = memoryCluster(10);
    const wanted: (number | undefined)[] = [];
    let isGone = true;
    const run = start(
      {
        ...healthy,
        fetch: async (broker, asked, limits) => {
          const response = await healthy.fetch(broker, asked, limits);
          if (!isGone || asked[0]?.offset !== 4) return response;
          return {
            ...response,
            partitions: response.partitions.map((one) => ({
              ...one,
              errorCode: 1,
              records: Buffer.alloc(0),
            })),
          };
        },
      },
      {
        begin: async (_at, _bounds, asked) => {
          wanted.push(asked);
          if (asked !== undefined) isGone = false;
          return asked === undefined ? 0 : 8;
        },
      },
    );
    run.fetcher.assign([at]);
    await run.until(() => run.taken.includes('0@9'));
    await run.stop();
    expect(wanted).toEqual([undefined, 4]);
    expect(run.taken).toEqual(['0@0', '0@1', '0@2', '0@3', '0@8', '0@9']);
  });

  test('damage on the way is mended by fetching again; damage that stays is reported', async () => {
    const healthy = memoryCluster(6);
    let onTheWay = 2;
    const reported: number[] = [];
    const run = start(
      {
        ...healthy,
        fetch: async (broker, asked, limits) => {
          const response = await healthy.fetch(broker, asked, limits);
          const offset = asked[0]?.offset;
          const spoil = offset === 4 || (offset === 2 && onTheWay-- > 0);
          if (spoil) for (const { records } of response.partitions) records[records.length - 2] = 0xee;
          return response;
        },
      },
      {
        damaged: (_at, { firstOffset, lastOffset }) => {
          reported.push(firstOffset);
          return lastOffset + 1;
        },
      },
    );
    run.fetcher.assign([at]);
    await run.until(() => run.taken.includes('0@5'));
    await run.stop();
    expect(run.taken).toEqual(['0@0', '0@1', '0@2', '0@3', '0@5']);
    expect(reported).toEqual([4]);
  });

  test('a partition that moved is looked for, and one that may not be read is named', async () => {
    const healthy = memoryCluster(3);
    let refusals = 2;
    const run = start({
      ...healthy,
      fetch: async (broker, asked, limits) => {
        const response = await healthy.fetch(broker, asked, limits);
        const errorCode = broker === 1 ? 29 : refusals-- > 0 ? 6 : 0;
        return {
          ...response,
          partitions: response.partitions.map((one) =>
            errorCode === 0 ? one : { ...one, errorCode, records: Buffer.alloc(0) },
          ),
        };
      },
    });
    run.fetcher.assign([at, other]);
    await run.until(() => run.taken.length === 3);
    await run.stop();
    expect(healthy.asked).toContain('refresh');
    expect(run.troubles).toContain('t/1: not allowed to read it; grant Read on the topic');
  });
});

describe('where reading begins', () => {
  const bounds = { earliest: 10, end: 20 };
  test.each([
    ['nothing is known', undefined, { kind: 'at', offset: 10, lost: undefined }],
    ['it is in the log', 15, { kind: 'at', offset: 15, lost: undefined }],
    ['it is at the end', 20, { kind: 'at', offset: 20, lost: undefined }],
    ['retention was quicker', 4, { kind: 'at', offset: 10, lost: { first: 4, last: 9 } }],
    ['evidence is ahead', 21, { kind: 'ahead', wanted: 21 }],
  ] as const)('%s', (_name, wanted, expected) => {
    expect(startOffset(wanted, bounds)).toEqual(expected);
  });
});

describe('the queue', () => {
  test('holds the producer up when it is full, and lets go when something is taken or thrown away', async () => {
    const queue = createChunkQueue<string>(10);
    await queue.push('a', 4);
    let hasRoom = false;
    const pushed = queue.push('b', 6).then(() => (hasRoom = true));
    await Promise.resolve();
    expect(hasRoom).toBe(false);
    queue.discard((item) => item === 'a');
    await pushed;
    expect(queue.bytes).toBe(6);
  });

  test('gives what is left, then its end or its error', async () => {
    const queue = createChunkQueue<string>(10);
    await queue.push('a', 1);
    queue.end(new Error('gone'));
    const got: string[] = [];
    await expect(
      (async () => {
        for await (const item of queue) got.push(item);
      })(),
    ).rejects.toThrow('gone');
    expect(got).toEqual(['a']);
    await queue.push('late', 100);
  });
});
