import type { Capture } from '../domain/capture.ts';
import { defineCollector } from './collector.ts';
import { demoDay } from './demo/day.ts';
import { demoSettings } from './demo/settings.ts';

/** Captures handed over at once: about what an Event Hubs receiver hands over. */
const BATCH = 120;

/** A fictional tenant's day, the same bytes for the same seed, with the incidents of `demo/stories/` planted in it. */
export const demo = defineCollector({
  type: 'demo',
  summary: 'Plays one day of a fictional Azure tenant with an AI enclave, with ten planted incidents.',
  settings: demoSettings,
  create: (settings, { source, signal, durableSequence }) => {
    let doneBytes = 0;
    const startAfter = new Map<string, number>();
    const isNew = async ({ stream, sequence }: Capture): Promise<boolean> => {
      if (!startAfter.has(stream)) startAfter.set(stream, (await durableSequence(stream)) ?? -1);
      return sequence > (startAfter.get(stream) ?? -1);
    };
    return {
      async *batches() {
        let batch: Capture[] = [];
        for (const hour of demoDay(settings, source)) {
          for (const capture of hour) {
            if (signal.aborted) return;
            doneBytes += capture.body.byteLength;
            if (await isNew(capture)) batch.push(capture);
            if (batch.length < BATCH) continue;
            yield batch;
            batch = [];
          }
        }
        if (batch.length > 0) yield batch;
      },
      progress: () => ({ doneBytes, totalBytes: undefined }),
    };
  },
});
