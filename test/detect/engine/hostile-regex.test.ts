import { expect, test } from 'vitest';
import { createEngine } from '../../../src/detect/engine/engine.ts';
import { selection } from '../../sigma/support.ts';

const SHORT = 10_000;
const TIMES = 8;

/** The least that three runs took, so that the machine's other work hardly counts. */
function leastMs(run: () => void): number {
  const took = [0, 1, 2].map(() => {
    const from = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  });
  return Math.max(1, Math.min(...took));
}

test.each([
  ['(a+)+$', 'a', 'b'],
  ['(a|a)*b', 'a', 'c'],
  ['(.*)*x', 'a', 'b'],
])(
  'a text %s cannot make an engine take more than in proportion to its length',
  (source, unit, end) => {
    const engine = createEngine([selection(`operationName|re: '${source}'`)]);
    const ask = (length: number) => () => {
      // A text as long as this is not remembered.
      expect(engine({ operationName: unit.repeat(length) + end })).toEqual([]);
    };
    ask(100)();
    // Quadratic would be 64 times as much, exponential would not end.
    expect(leastMs(ask(SHORT * TIMES)) / leastMs(ask(SHORT))).toBeLessThan(TIMES * 4);
  },
  120_000,
);
