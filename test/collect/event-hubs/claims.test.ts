import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClaimWatch, memoryClaims, partitionsToTake } from '../../../src/collect/event-hubs/claims.ts';
import { upTo } from '../../support/amqp/collecting.ts';

describe('shares of partitions', () => {
  const free = (count: number) => upTo(count).map((n) => ({ partition: String(n), owner: undefined }));

  test('one member takes all, several come to equal shares, and then nobody takes anything', () => {
    expect(partitionsToTake(free(3), 'a')).toEqual(['0', '1', '2']);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        (partitions, order, members) => {
          const owner = new Map<string, string>();
          const turn = (me: string): number => {
            const all = upTo(partitions).map((n) => ({ partition: String(n), owner: owner.get(String(n)) }));
            const taken = partitionsToTake(all, me);
            for (const partition of taken) owner.set(partition, me);
            return taken.length;
          };
          for (const n of order) turn(`m${n % members}`);
          for (let round = 0; round < partitions + 2; round++) for (const n of upTo(members)) turn(`m${n}`);
          expect(upTo(members).map((n) => turn(`m${n}`))).toEqual(upTo(members).map(() => 0));
          const counts = upTo(members).map((n) => [...owner.values()].filter((at) => at === `m${n}`).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          expect(owner.size).toBe(partitions);
        },
      ),
    );
  });

  test('a claim that stands unchanged for too long is free, one that is renewed is not', () => {
    const held = createClaimWatch(100);
    const claims = (version: string) => [{ partition: '0', owner: 'a', version }];
    const ownerAt = (version: string, now: number) => held(claims(version), ['0'], now)[0]?.owner;
    expect([
      ownerAt('1', 0),
      ownerAt('1', 90),
      ownerAt('2', 150),
      ownerAt('2', 240),
      ownerAt('2', 260),
    ]).toEqual(['a', 'a', 'a', 'a', undefined]);
  });

  test('of two that claim at once, one is refused', async () => {
    const claims = memoryClaims();
    const first = await claims.put('0', 'a', undefined);
    expect(await claims.put('0', 'b', undefined)).toBeUndefined();
    expect(await claims.put('0', 'b', first?.version)).toMatchObject({ owner: 'b' });
    expect(await claims.put('0', 'a', first?.version)).toBeUndefined();
  });
});
