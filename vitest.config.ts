import { defineConfig } from 'vitest/config';

/**
 * Tests of code that touches neither the environment nor anything else of the process: files share what they import, the
 * Kusto parser among it, which saves a third of their time.
 */
const units = ['sigma', 'normalise', 'detect', 'map', 'lib', 'assess', 'alert', 'guardrails'].map(
  (stage) => `test/${stage}/**/*.test.ts`,
);
/** Tests that start real servers (Kafka, Azurite): minutes, and Java. The others make up `npm test`. */
const live = ['test/**/*.live.test.ts'];
/** Its kinds that need a real server are tried as part of the live tests. */
const conformance = 'test/collect/conformance.test.ts';

// oxlint-disable-next-line import/no-default-export -- vitest reads its configuration from the default export
export default defineConfig({
  test: {
    // As it comes, one core would be left idle.
    maxWorkers: '100%',
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
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: [...live, ...units],
          provide: { isLive: false },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'units',
          include: units,
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'live',
          include: [...live, conformance],
          provide: { isLive: true },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
