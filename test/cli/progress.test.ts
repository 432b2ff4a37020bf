import { describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { createProgressLine } from '../../src/cli/progress.ts';

/** A terminal that keeps what was written, and a clock that the test moves. */
function terminal(over: Partial<Io> = {}) {
  const written: string[] = [];
  const clock = { now: 0 };
  const io = {
    err: (text: string) => void written.push(text),
    isTerminal: true,
    columns: 80,
    clock: () => clock.now,
    ...over,
  } as Io;
  return { written, clock, line: createProgressLine(io) };
}

describe('on a terminal', () => {
  test('one line moves: records, rate, share and time left', () => {
    const { written, clock, line } = terminal();
    clock.now = 2000;
    line.update(5000, { doneBytes: 250, totalBytes: 1000 });
    expect(written).toEqual(['\r\u001b[2K  5,000 records · 2,500/s · 25 % · 6 s left']);
  });

  test('it is drawn a few times a second at most, whatever the number of records', () => {
    const { written, clock, line } = terminal();
    for (clock.now = 1000; clock.now < 2000; clock.now += 10) line.update(clock.now, undefined);
    expect(written).toHaveLength(5);
  });

  test('of a source without an end it says no share and no time left', () => {
    const { written, clock, line } = terminal();
    clock.now = 1000;
    line.update(10, { doneBytes: 10, totalBytes: undefined });
    expect(written.join('')).not.toMatch(/%|left/);
  });

  test('it never wraps on a narrow one, and is gone when the work is done', () => {
    const { written, clock, line } = terminal({ columns: 30 });
    clock.now = 60_000;
    line.update(123_456_789, { doneBytes: 1, totalBytes: 1_000_000 });
    for (const text of written) expect(text.replace('\r\u001b[2K', '').length).toBeLessThan(30);
    line.clear();
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });
});

test('anywhere else nothing is written at all', () => {
  const { written, clock, line } = terminal({ isTerminal: false });
  clock.now = 5000;
  line.update(10, undefined);
  line.clear();
  expect(written).toEqual([]);
});
