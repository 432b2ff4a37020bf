import type { Lag } from '../collect/collector.ts';
import type { Metrics } from '../lib/metrics.ts';

/** How far each source is behind, over all of its streams. */
export function measureLag(metrics: Metrics, lags: ReadonlyMap<string, readonly Lag[]>): void {
  for (const [source, streams] of lags) {
    if (streams.length === 0) continue;
    metrics.behind.set(
      { source },
      streams.reduce((sum, { behind }) => sum + behind, 0),
    );
    const behind = streams.filter((stream) => stream.behind > 0);
    const times = (behind.length > 0 ? behind : streams).flatMap(({ enqueuedAt }) => enqueuedAt ?? []);
    if (times.length > 0) metrics.enqueued.set({ source }, Math.min(...times) / 1000);
  }
}
