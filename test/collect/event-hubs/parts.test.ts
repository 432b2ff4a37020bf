import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startAfter } from '../../../src/collect/event-hubs/carry.ts';
import {
  answerAddresses,
  onConnections,
  refuseWhenClosed,
} from '../../../src/collect/event-hubs/connections.ts';
import { boundCredit, createWindow } from '../../../src/collect/event-hubs/credit.ts';
import { createHandOver } from '../../../src/collect/event-hubs/hand-over.ts';
import { bytesOf } from '../../../src/collect/event-hubs/link.ts';
import type { HubEvent } from '../../../src/collect/event-hubs/link.ts';
import { putInOrder } from '../../../src/collect/event-hubs/order.ts';
import { isForgotten, settle, watchOnce } from '../../../src/collect/event-hubs/standing.ts';
import { upTo } from '../../support/amqp/collecting.ts';

const event = (sequence: number): HubEvent => ({
  sequence,
  offset: String(sequence),
  enqueuedAt: 0,
  body: Buffer.alloc(0),
});
const numbers = (events: readonly HubEvent[]): number[] => events.map(({ sequence }) => sequence);

describe('what a link brings', () => {
  test('is taken in order, and what was seen before is left out', () => {
    const { fresh, gap, repeated } = putInOrder([3, 4, 5, 6].map(event), 4, undefined);
    expect([numbers(fresh), gap, repeated]).toEqual([[5, 6], undefined, 2]);
  });

  test('is taken up to a gap, and behind it only when the hub shows the same gap again', () => {
    const events = [5, 8, 9].map(event);
    expect(putInOrder(events, 4, undefined)).toMatchObject({ gap: { after: 5, next: 8 } });
    expect(numbers(putInOrder(events, 4, { after: 5, next: 8 }).fresh)).toEqual([5, 8, 9]);
    expect(putInOrder(events, 4, { after: 5, next: 7 }).gap).toEqual({ after: 5, next: 8 });
  });

  test('is whole in the end, whatever is repeated, left out or swapped on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(20), { maxLength: 8 }), { maxLength: 12 }), (links) => {
        const taken: number[] = [];
        for (const link of [...links, upTo(21), upTo(21)]) {
          const { fresh } = putInOrder(link.map(event), taken.at(-1) ?? -1, undefined);
          taken.push(...numbers(fresh));
        }
        expect(taken).toEqual(upTo(21));
      }),
    );
  });

  test.each([
    ['bytes', Buffer.from('{}'), '{}'],
    ['several sections of bytes', [Buffer.from('{"a"'), Buffer.from(':1}')], '{"a":1}'],
    ['text', '{"a":1}', '{"a":1}'],
    ['a value', { a: 1 }, '{"a":1}'],
    ['nothing', undefined, 'null'],
  ])('as %s becomes the bytes of a message', (_what, body, text) => {
    expect(Buffer.from(bytesOf(body)).toString()).toBe(text);
  });
});

describe('where a partition is taken up', () => {
  test.each([
    ['at the earliest, when nothing is known', undefined, { first: 7, last: 20 }, 6, 0],
    ['behind what is known', 12, { first: 7, last: 20 }, 12, 0],
    ['at the earliest left, when retention was quicker', 3, { first: 7, last: 20 }, 6, 1],
    ['behind what is known, in an emptied partition', 20, { first: 21, last: 20 }, 20, 0],
    ['nowhere before what is known, when the hub ends before it', 30, { first: 0, last: 20 }, 30, 1],
  ])('%s', (_what, known, state, start, problems) => {
    const told: string[] = [];
    expect(startAfter(known, state, (problem) => told.push(problem))).toBe(start);
    expect(told).toHaveLength(problems);
  });
});

describe('credit', () => {
  test('follows the size of messages: few while they may be large, more as they turn out small', () => {
    const window = createWindow(400, 16 * 1_048_576);
    expect([window.batch, window.ahead]).toEqual([100, 300]);
    expect(window.ahead - window.heldBack()).toBe(8);
    for (let n = 0; n < 10; n++) window.observe(1_000);
    expect(window.heldBack()).toBe(0);
    window.observe(2 ** 20);
    expect(window.ahead - window.heldBack()).toBe(8);
    window.observe(2 ** 26);
    expect(window.ahead - window.heldBack()).toBe(1);
  });

  test('of a link is what was asked for, less what is still out and what there is no room for', async () => {
    const granted: number[] = [];
    const link = { credit: 10, addCredit: (count: number) => void granted.push(count) };
    const connection = {
      createReceiver: () => Promise.resolve(link),
      createSession: () => Promise.resolve({}),
      close: () => Promise.resolve(),
      once: () => undefined,
    };
    boundCredit(connection, () => 5);
    await connection.createReceiver();
    for (const asked of [30, 15, 3]) link.addCredit(asked);
    expect(granted).toEqual([15]);
  });
});

describe('connections of the SDK', () => {
  const links = {
    createReceiver: () => Promise.resolve({}),
    close: () => Promise.resolve(),
    once: () => undefined,
  };

  test('are guarded one after the other, as each is put in place', () => {
    const [first, second] = [1, 2].map(() => ({ ...links, createSession: () => Promise.resolve(links) }));
    const context = { connection: first };
    const seen: unknown[] = [];
    onConnections({ _context: context }, (connection) => seen.push(connection));
    context.connection = second;
    expect(seen).toEqual([first, second]);
    expect(context.connection).toBe(second);
  });

  test('of an SDK that is built otherwise are refused, and never left unguarded', async () => {
    const nothing = (): void => undefined;
    expect(() => onConnections({}, nothing)).toThrow(/not the one whose links can be guarded/);
    expect(() => onConnections({ _context: { connection: {} } }, nothing)).toThrow(/package\.json/);
    const connection = { ...links, createSession: () => Promise.resolve({}) };
    boundCredit(connection, () => 0);
    answerAddresses(connection);
    await expect(connection.createReceiver()).rejects.toThrow(/guarded/);
    await expect(connection.createSession()).rejects.toThrow(/guarded/);
  });

  test('come to nothing when their client was closed while they were made', async () => {
    let isClosed = false;
    let closes = 0;
    const connection = {
      ...links,
      createSession: () => Promise.resolve({}),
      close: () => Promise.resolve(closes++),
    };
    refuseWhenClosed(connection, () => isClosed);
    await expect(connection.createSession()).resolves.toEqual({});
    const making = connection.createReceiver();
    isClosed = true;
    await expect(making).rejects.toThrow(/closed while it connected/);
    expect(closes).toBe(1);
  });

  test('answer for the address of a link that is gone, where the SDK would end the process', async () => {
    const gone = {
      source: undefined as { address: string } | undefined,
      get address(): string {
        throw new TypeError('Cannot read properties of undefined');
      },
    };
    const session = { createReceiver: () => Promise.resolve(gone) };
    const connection = { ...links, createSession: () => Promise.resolve(session) };
    answerAddresses(connection);
    const link = await (await connection.createSession()).createReceiver();
    expect(link.address).toBe('');
    gone.source = { address: '$management' };
    expect(link.address).toBe('$management');
  });
});

describe('a hand-over', () => {
  test('takes one item at a time, and lets a giver go on only when the taker has come back', async () => {
    const { give, items, end } = methodsOf(createHandOver<number>());
    const given: number[] = [];
    for (const n of [1, 2, 3]) void give(n).then(() => given.push(n));
    const seen: [number, number[]][] = [];
    for await (const n of items()) {
      seen.push([n, [...given]]);
      if (n === 3) end();
    }
    expect(seen).toEqual([
      [1, []],
      [2, [1]],
      [3, [1, 2]],
    ]);
    await give(4);
    expect(given).toEqual([1, 2, 3]);
  });

  test('that fails gives up what was not taken', async () => {
    const { give, items, fail } = methodsOf(createHandOver<number>());
    const one = give(1);
    fail(new Error('stolen'));
    await expect(items().next()).rejects.toThrow('stolen');
    await one;
  });

  const methodsOf = <T>(over: ReturnType<typeof createHandOver<T>>) => ({
    give: (item: T) => over.give(item),
    items: () => over.items(),
    end: () => over.end(),
    fail: (thrown: unknown) => over.fail(thrown),
  });
});

describe('a watchdog', () => {
  const looks = (
    ...each: readonly (readonly [arrived: number, behind: number, isOffering?: boolean])[]
  ): boolean[] => {
    let watched: ReturnType<typeof watchOnce> | undefined;
    return each.map(([arrived, behind, isOffering = false]) => {
      watched = watchOnce(watched, { arrived, behind, isOffering });
      return watched.isStalled;
    });
  };

  test.each([
    ['the first look says nothing', [[3, 9]], [false]],
    [
      'nothing arrived though messages were due',
      [
        [3, 2],
        [3, 9],
      ],
      [false, true],
    ],
    [
      'something arrived',
      [
        [2, 2],
        [3, 9],
        [4, 9],
      ],
      [false, false, false],
    ],
    [
      'nothing was due before',
      [
        [3, 0],
        [3, 9],
        [4, 0],
        [4, 0],
      ],
      [false, false, false, false],
    ],
    [
      'those downstream hold it up',
      [
        [3, 2, true],
        [3, 9, true],
        [3, 9],
      ],
      [false, false, false],
    ],
    [
      'taking it up anew did not help, so that it is given more time, until something arrives',
      [
        [3, 2],
        [3, 2],
        [3, 2],
        [3, 2],
        [4, 1],
        [4, 1],
      ],
      [false, true, false, true, false, true],
    ],
  ] as const)('%s', (_what, seen, stalled) => {
    expect(looks(...seen)).toEqual(stalled);
  });

  test('sees what was handed over and is not durable for too long', () => {
    const mark = (sequence: number, at: number) => ({ sequence, offset: String(sequence), at });
    const standing = { marks: [mark(4, 0), mark(9, 50), mark(12, 60)] };
    expect(isForgotten(standing, 100, 100)).toBe(false);
    expect(isForgotten(standing, 101, 100)).toBe(true);
    expect(settle(standing, 10)?.sequence).toBe(9);
    expect(isForgotten(standing, 101, 100)).toBe(false);
    expect(settle(standing, 11)).toBeUndefined();
    expect(settle(standing, 12)?.sequence).toBe(12);
  });
});
