import { resolve } from 'node:path';
import { openEngine } from '../../src/cli/engine.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { batchesOf, hubMessages } from './load.ts';
import { shipped } from './workshop.ts';

/**
 * A process that takes in the demo's day over and over, as fast as it can, until it is told to stop:
 * `node test/bench/serve-ingest.ts <data folder> <records a day>`. It says `sealed` after the first day, and at the end
 * how many records it took in.
 */
async function main(data: string, records: number): Promise<void> {
  const { captures } = hubMessages(records);
  const now = captures.at(-1)?.receivedAt ?? 0;
  const stopping = new AbortController();
  process.once('message', () => stopping.abort());
  await using engine = await openEngine({
    io: {
      out: () => {},
      err: () => {},
      isTerminal: false,
      hasColour: false,
      columns: 80,
      env: {},
      workingFolder: data,
      productFolder: resolve(import.meta.dirname, '../..'),
      productVersion: '0.0.0-bench',
      nodeVersion: process.versions.node,
      signal: stopping.signal,
      clock: () => now,
      fetch: () => Promise.reject(new Error('no network here')),
    },
    config: { ...shipped.config, data },
    content: shipped.content,
    log: silentLogger,
    clock: () => now,
  });
  const from = performance.now();
  async function* days(): AsyncGenerator<readonly Capture[]> {
    const next = new Map<string, number>();
    for (let day = 0; !stopping.signal.aborted; day++) {
      const again = captures.map((capture) => {
        const sequence = (next.get(capture.stream) ?? 0) + 1;
        next.set(capture.stream, sequence);
        return { ...capture, sequence };
      });
      for (const batch of batchesOf(again)) {
        if (stopping.signal.aborted && day > 0) return;
        yield batch;
        // Messages of the process that asks.
        await new Promise((done) => setImmediate(done));
      }
      if (day === 0) await engine.lake.seal();
      if (day === 0) process.send?.({ sealed: now });
    }
  }
  await engine.pipeline.run({ batches: days });
  const seconds = (performance.now() - from) / 1000;
  process.send?.({ records: engine.pipeline.totals.records, seconds, seals: engine.pipeline.totals.seals });
  process.disconnect?.();
}

await main(process.argv[2] ?? '', Number(process.argv[3] ?? 42_000));
