import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';

/**
 * What takes a process for itself: what Azure's SDK learns of an identity it keeps for the whole process, as Node does with
 * the certificates that are trusted, and modules that are replaced stay replaced for who comes next. All other files share a process, and with it what they import, the Kusto parser
 * among it: no module of ours keeps anything.
 */
const alone = [
  'test/collect/azure-sign-in.test.ts',
  'test/collect/conformance.test.ts',
  'test/collect/defender-posture.test.ts',
  'test/collect/event-hubs/connecting.test.ts',
  'test/collect/log-analytics/**/*.test.ts',
  'test/collect/log-analytics.test.ts',
  'test/collect/storage-blobs.test.ts',
  'test/detect/engine/planted.test.ts',
  'test/store/encryption/key-vault.test.ts',
  'test/store/schema.test.ts',
];
/** Tests that start real servers (Kafka, Azurite): minutes, and Java. The others make up `npm test`. */
const live = ['test/**/*.live.test.ts'];
const seed = 'test/support/property-seed.ts';
/** Its kinds that need a real server are tried as part of the live tests. */
const conformance = 'test/collect/conformance.test.ts';

// oxlint-disable-next-line import/no-default-export -- vitest reads its configuration from the default export
export default defineConfig({
  test: {
    // One more than there are cores: a tenth of the time is waited for sockets, timers and other processes.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
    reporters: ['default', ['json', { outputFile: 'coverage/results.json' }]],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 90 },
    },
    projects: [
      {
        test: {
          name: 'alone',
          include: alone,
          setupFiles: [seed],
          exclude: live,
          provide: { isLive: false },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          setupFiles: [seed],
          exclude: [...live, ...alone],
          isolate: false,
          provide: { isLive: false },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'live',
          include: [...live, conformance],
          setupFiles: [seed],
          provide: { isLive: true },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
