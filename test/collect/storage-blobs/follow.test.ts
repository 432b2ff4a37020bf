import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sequenceAt } from '../../../src/collect/storage-blobs/blob-name.ts';
import { follow } from '../../../src/collect/storage-blobs/follow.ts';
import type { Answer, FollowParts, Outcome } from '../../../src/collect/storage-blobs/follow.ts';
import type { HourlyBlob, Lane } from '../../../src/collect/storage-blobs/lanes.ts';
import type { Capture } from '../../../src/domain/capture.ts';
import { createNormalise } from '../../../src/normalise/normalise.ts';
import { normalisers } from '../../../src/normalise/registry.ts';
import { T0 } from '../../support/samples.ts';

const DAY = 20_514;
const freshLane = (over: Partial<Lane> = {}): Lane => ({
  stream: 'blob/lane',
  day: -1,
  offset: 0,
  tail: undefined,
  readEtag: undefined,
  isLeft: false,
  ...over,
});
const blobOf = (length: number, over: Partial<HourlyBlob> = {}): HourlyBlob => ({
  name: 'series/PT1H.json',
  etag: `0x${length}`,
  length,
  series: 'series/',
  lane: 'lane',
  day: DAY,
  hour: T0,
  ...over,
});

/** Reads what there is now, up to the length that a listing showed. */
async function read(
  bytes: Buffer,
  lane: Lane,
  over: Partial<FollowParts> & { readonly length?: number } = {},
): Promise<{ captures: Capture[]; outcome: Outcome; gaps: string[] }> {
  const gaps: string[] = [];
  const captures: Capture[] = [];
  const { length = bytes.length, ...parts } = over;
  const following = follow(blobOf(length), lane, {
    source: 'flow-logs',
    clock: () => T0,
    durableSequence: () => Promise.resolve(undefined),
    read: (_blob, offset, count): Promise<Answer> =>
      Promise.resolve(
        offset >= bytes.length
          ? { kind: 'beyond' }
          : { kind: 'bytes', bytes: bytes.subarray(offset, offset + count) },
      ),
    blockBytes: 1,
    maxValueBytes: 1 << 20,
    settleMs: 0,
    gap: (what) => gaps.push(what),
    ...parts,
  });
  for (;;) {
    const step = await following.next();
    if (step.done === true) return { captures, outcome: step.value, gaps };
    captures.push(...step.value);
  }
}

const recordsOf = (captures: readonly Capture[]): unknown[] =>
  captures.flatMap((capture) => {
    const { items, failures } = createNormalise(normalisers)(capture);
    expect(failures).toEqual([]);
    return items.map(({ record }) => record['n']);
  });
const record = (n: number): string =>
  JSON.stringify({ time: '2026-03-02T09:00:00Z', category: 'x', n, text: ']}",\\' });
const lines = (count: number): string => Array.from({ length: count }, (_, n) => `${record(n)}\n`).join('');
const list = (count: number): string =>
  `{"records":[${Array.from({ length: count }, (_, n) => record(n)).join(',')}]}`;

test('a blob is read on as it grows, each record once, and a sequence is the bytes read', async () => {
  const lane = freshLane();
  const first = await read(Buffer.from(lines(3) + record(3).slice(0, 20)), lane);
  expect(recordsOf(first.captures)).toEqual([0, 1, 2]);
  expect(first.captures.map(({ sequence }) => sequence)).toEqual(
    [1, 2, 3].map((count) => sequenceAt(DAY, lines(count).length)),
  );
  const second = await read(Buffer.from(lines(5)), lane);
  expect(recordsOf(second.captures)).toEqual([3, 4]);
  expect([first.gaps, second.gaps, second.outcome]).toEqual([[], [], 'read']);
});

/** A writer that adds to a blob, in steps that may break off anywhere where the form allows it. */
const world = fc.record({
  form: fc.constantFrom('lines', 'records'),
  /** Records added before each look. */
  steps: fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
  /** For each look: how many bytes of the last line are not written yet, and how much shorter the listing was. */
  torn: fc.array(fc.nat(60), { minLength: 8, maxLength: 8 }),
  late: fc.array(fc.nat(200), { minLength: 8, maxLength: 8 }),
  restarts: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  chunkBytes: fc.integer({ min: 20, max: 400 }),
  blockBytes: fc.integer({ min: 1, max: 300 }),
});

test('whenever it is looked at, restarted, or cut off, no record is lost and none comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(world, async ({ form, steps, torn, late, restarts, chunkBytes, blockBytes }) => {
      let lane = freshLane();
      const captures: Capture[] = [];
      let count = 0;
      let written = 0;
      const look = async (bytes: Buffer, length = bytes.length): Promise<void> => {
        const found = await read(bytes, lane, { chunkBytes, blockBytes, length });
        expect(found).toMatchObject({ gaps: [], outcome: 'read' });
        captures.push(...found.captures);
      };
      for (const [at, added] of steps.entries()) {
        count += added;
        const whole = form === 'lines' ? lines(count) : list(count);
        // Blocks of a list are added whole; an append block may hold the start of a line.
        const bytes = Buffer.from(
          form === 'lines' ? whole.slice(0, Math.max(written, whole.length - (torn[at] ?? 0))) : whole,
        );
        written = bytes.length;
        await look(bytes, Math.max(lane.offset, bytes.length - (late[at] ?? 0)));
        if (restarts[at] === true) lane = freshLane({ day: lane.day, offset: lane.offset });
      }
      await look(Buffer.from(form === 'lines' ? lines(count) : list(count)));
      expect(recordsOf(captures)).toEqual(Array.from({ length: count }, (_, n) => n));
      const sequences = captures.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
});

describe('a blob that was written anew', () => {
  const other = Buffer.from(lines(9).replaceAll('09:00', '09:30'));

  test.each([
    ['shorter', other.subarray(0, 200), lines(8)],
    ['longer', other, lines(3)],
  ])('and is %s is told, and read whole in a stream of its own', async (_what, now, before) => {
    const lane = freshLane();
    await read(Buffer.from(before), lane);
    const { captures, gaps } = await read(Buffer.from(now), lane);
    expect(gaps).toEqual([expect.stringContaining(`written anew after ${before.length} bytes`)]);
    expect(captures[0]?.stream).toMatch(/^blob\/lane#[0-9a-f]{12}$/);
    expect(recordsOf(captures)[0]).toBe(0);
    const tomorrow = await read(Buffer.from(lines(1)), Object.assign(lane, { day: DAY - 1 }));
    expect(tomorrow.captures[0]?.stream).toBe('blob/lane');
  });

  test('is found after a restart too, and read on from where its own stream is durable', async () => {
    const durable = sequenceAt(DAY, lines(2).length);
    const lane = freshLane({ day: DAY, offset: lines(4).length - 5 });
    const { captures } = await read(other, lane, { durableSequence: () => Promise.resolve(durable) });
    expect(recordsOf(captures)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  test('and has only begun is waited for', async () => {
    const lane = freshLane();
    await read(Buffer.from(lines(3)), lane);
    expect(await read(Buffer.from('{"t'), lane)).toEqual({ captures: [], outcome: 'read', gaps: [] });
    expect(lane.offset).toBe(lines(3).length);
  });

  test('while its replacement is written anew again is left for the next time', async () => {
    let asked = 0;
    const lane = freshLane({ day: DAY, offset: 50, tail: Buffer.from('x'.repeat(50)) });
    const answer = (): Promise<Answer> => Promise.resolve({ kind: 'bytes', bytes: Buffer.alloc(100, 'y') });
    const { outcome } = await read(other, lane, {
      read: () =>
        asked++ === 1 ? Promise.resolve({ kind: 'bytes', bytes: other.subarray(0, 64) }) : answer(),
      durableSequence: () => Promise.resolve(sequenceAt(DAY, 50)),
    });
    expect(outcome).toBe('failed');
  });
});

test.each(['failed', 'refused'] as const)(
  'a blob that is %s says so, and stays where it was',
  async (kind) => {
    const lane = freshLane();
    const { outcome } = await read(Buffer.from(lines(1)), lane, { read: () => Promise.resolve({ kind }) });
    expect([outcome, lane.offset]).toEqual([kind, 0]);
    const later = freshLane({ day: DAY, offset: 30, tail: Buffer.from('z') });
    let asked = 0;
    const second = await read(Buffer.from(lines(2)), later, {
      read: () => Promise.resolve(asked++ === 0 ? { kind: 'beyond' } : { kind }),
    });
    expect(second.outcome).toBe(kind);
  },
);

test('a blob that was deleted before it was read is a gap with its size', async () => {
  const lane = freshLane();
  const { gaps, outcome } = await read(Buffer.from(lines(2)), lane, {
    read: () => Promise.resolve({ kind: 'gone' }),
  });
  expect(outcome).toBe('read');
  expect(gaps).toEqual([
    `series/PT1H.json was deleted before it was read: ${lines(2).length} bytes from byte 0 on`,
  ]);
});

test('a record longer than the limit is a gap; one that is just longer than a chunk is read', async () => {
  const long = `${JSON.stringify({ time: '2026-03-02T09:00:00Z', category: 'x', n: 0, pad: 'p'.repeat(3000) })}\n`;
  const chunkBytes = 64;
  const found = await read(Buffer.from(long + lines(1)), freshLane(), { chunkBytes });
  expect(recordsOf(found.captures)).toEqual([0, 0]);
  const lane = freshLane();
  const { captures, gaps } = await read(Buffer.from(lines(1) + long), lane, {
    chunkBytes,
    maxValueBytes: 1000,
  });
  expect([recordsOf(captures), lane.isLeft]).toEqual([[0], true]);
  expect(gaps[0]).toContain('holds a record longer than 1000 bytes');
});

test('a blob that ends in the middle of a record is told once its hour is over', async () => {
  const torn = Buffer.from(lines(1) + record(1).slice(0, 9));
  const lane = freshLane();
  expect((await read(torn, lane)).gaps).toEqual([]);
  const { gaps } = await read(torn, lane, { clock: () => T0 + 3_600_001 });
  expect(gaps[0]).toContain('ends in the middle of a record: 9 bytes');
});

test('an empty blob, and one that has only begun, hold nothing', async () => {
  const lane = freshLane();
  for (const text of ['', '{"rec', '{"records":[', '{"records":[]}'])
    expect((await read(Buffer.from(text), lane)).captures).toEqual([]);
  expect(lane.offset).toBe(0);
});
