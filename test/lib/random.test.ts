import { expect, test } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';

test('a seed gives the same sequence each time, another seed another one', () => {
  const draw = (seed: string): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => random.int(0, 1e9));
  };
  expect(draw('plumbline')).toEqual(draw('plumbline'));
  expect(draw('plumbline')).not.toEqual(draw('plumblinf'));
});

test('numbers stay in their range, spread over it, and ids have their form', () => {
  const random = seededRandom('x');
  const dice = Array.from({ length: 6000 }, () => random.int(1, 6));
  for (let face = 1; face <= 6; face++) {
    const times = dice.filter((value) => value === face).length;
    expect(times).toBeGreaterThan(800);
    expect(times).toBeLessThan(1200);
  }
  expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(random.hex(7)).toMatch(/^[0-9a-f]{7}$/);
  expect(random.chance(0)).toBe(false);
  expect(['a', 'b']).toContain(random.pick(['a', 'b']));
  expect(() => random.pick([])).toThrow(RangeError);
});
