import type { OrderFacts } from '../../proof/maintenance.ts';
import type { Lake, SealResult } from '../lake.ts';
import type { RewritePlan } from './plan.ts';
import { sealRewrites } from './seals.ts';

/** Adds up what rewrites do. */
export interface Tally<Sum> {
  add(rewrite: RewritePlan): void;
  sum(seals: readonly SealResult[]): Sum;
}

/** Says what rewrites would do, and writes nothing. */
export async function foresee<Sum>(rewrites: AsyncIterable<RewritePlan>, tally: Tally<Sum>): Promise<Sum> {
  for await (const rewrite of rewrites) tally.add(rewrite);
  return tally.sum([]);
}

/** Commits the rewrites of an order as they come. */
export async function carryOut<Sum>(
  lake: Lake,
  order: OrderFacts,
  rewrites: AsyncIterable<RewritePlan>,
  tally: Tally<Sum>,
): Promise<Sum> {
  const counted = async function* (): AsyncGenerator<RewritePlan> {
    for await (const rewrite of rewrites) {
      tally.add(rewrite);
      yield rewrite;
    }
  };
  return tally.sum(await sealRewrites(lake, [order], counted()));
}
