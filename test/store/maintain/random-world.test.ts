import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/lib/random.ts';
import { flipBit, randomWorld, verifyWorld } from './random-world.ts';

test('whatever writers do and maintain in whatever order, a lake that nobody touched has no fault, and a flipped bit is found', async () => {
  const done = { erased: 0, retained: 0, compacted: 0 };
  for (let n = 0; n < 12; n++) {
    const world = await randomWorld(`world ${n}`);
    const { faults, carriedOut, compacted } = await verifyWorld(world);
    expect({ deeds: world.deeds, faults: [...world.faults, ...faults] }).toEqual({
      deeds: world.deeds,
      faults: [],
    });
    for (const { order, emptied, cut, removed } of carriedOut) {
      if (order.act === 'erase') done.erased += emptied + cut;
      else done.retained += emptied + removed;
    }
    done.compacted += compacted.files;

    const { path, bent } = flipBit(world, seededRandom(`bit ${n}`));
    const found = await verifyWorld({ ...world, memory: bent });
    expect(found.faults.map(({ place }) => place).join('\n')).toContain(path);
  }
  // Worlds in which nothing happens would prove nothing.
  expect(done.erased).toBeGreaterThan(10);
  expect(done.retained).toBeGreaterThan(10);
  expect(done.compacted).toBeGreaterThan(20);
});
