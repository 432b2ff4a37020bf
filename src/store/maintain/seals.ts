import type { Lake, SealResult } from '../lake.ts';
import type { OrderFacts } from '../../proof/maintenance.ts';
import type { RewritePlan } from './plan.ts';

/** Bytes of Parquet that one seal of maintenance takes out, about: their rows are in memory at once. */
const BYTES_PER_SEAL = 32 * 1024 * 1024;

const bytesOf = ({ sizes }: RewritePlan): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);

/** Commits rewrites as they come, a few at a time. The first seal has the orders, later ones refer to them. */
export async function sealRewrites(
  lake: Lake,
  orders: readonly OrderFacts[],
  rewrites: AsyncIterable<RewritePlan>,
): Promise<SealResult[]> {
  const results: SealResult[] = [];
  let pending: RewritePlan[] = [];
  let bytes = 0;
  const commit = async (): Promise<void> => {
    const result = await lake.maintain({ orders: results.length === 0 ? orders : [], rewrites: pending });
    if (result !== undefined) results.push(result);
    [pending, bytes] = [[], 0];
  };
  for await (const rewrite of rewrites) {
    pending.push(rewrite);
    bytes += bytesOf(rewrite);
    if (bytes >= BYTES_PER_SEAL) await commit();
  }
  if (pending.length > 0) await commit();
  return results;
}
