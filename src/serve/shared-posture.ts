import type { Posture } from '../domain/control.ts';
import type { PostureReader, TimeRange } from '../domain/ports.ts';
import { SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';

const KEPT = 8;
const KEEP_MS = 5 * SECOND_MS;

export type ReadPosture = (range: TimeRange) => Promise<Posture>;

/**
 * Computes the posture of a window once for all who ask within five seconds: one refresh of a board asks
 * eight times for the same window. What is observed meanwhile makes it another question. A failed computation is forgotten at once.
 */
export function sharePosture(reader: PostureReader, clock: Clock): ReadPosture {
  const kept = new Map<string, { readonly at: number; readonly posture: Promise<Posture> }>();
  return (range) => {
    const key = `${range.from}-${range.to} ${reader.version?.() ?? ''}`;
    const now = clock();
    const known = kept.get(key);
    if (known !== undefined && now - known.at < KEEP_MS) return known.posture;
    const posture = reader.posture(range);
    kept.delete(key);
    kept.set(key, { at: now, posture });
    posture.catch(() => {
      if (kept.get(key)?.posture === posture) kept.delete(key);
    });
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return posture;
  };
}
