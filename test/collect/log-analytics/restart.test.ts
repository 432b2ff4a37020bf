import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogAnalytics } from '../../../src/collect/log-analytics.ts';
import { LogAnalyticsSettings } from '../../../src/collect/log-analytics/settings.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';
import { createSealedCaptures } from '../../../src/store/captures-since.ts';
import { openLake } from '../../../src/store/lake.ts';
import { openQueries } from '../../../src/store/queries.ts';
import { redact } from '../../../src/normalise/redact.ts';
import { LAKE_ORIGIN, signer } from '../../store/lakes.ts';
import { WORKSPACE, incident, startWorkspace } from '../../support/azure/log-analytics.ts';
import type { Workspace } from '../../support/azure/log-analytics.ts';
import { credential } from '../../support/azure/polling.ts';
import type { AzureServer } from '../../support/azure/server.ts';
import { silentLogger } from '../../../src/lib/log.ts';
import { T0 } from '../../support/samples.ts';

const MINUTE = 60_000;
let workspace: Workspace;
let server: AzureServer;
beforeEach(async () => {
  workspace = { rows: [], limit: 1000 };
  server = await startWorkspace(workspace);
});
afterEach(() => server[Symbol.asyncDispose]());

const QUIET_TICKS = 5;

interface Life {
  readonly path: string;
  readonly now: number;
  readonly everyMinutes: number;
  /** Whether it seals after its first batch, its second, … */
  readonly sealsAfter: (batch: number) => boolean;
  /** The last slice it has to ask for ends then. */
  readonly until?: number;
}

/** One process: reads what has settled by `now`, seals after some batches, and is gone without a word. */
async function live({ path, now, everyMinutes, sealsAfter, until }: Life): Promise<void> {
  const lake = await openLake({ path, origin: LAKE_ORIGIN, signer, clock: () => now });
  const queries = await openQueries({ path });
  const enough = new AbortController();
  const settings = LogAnalyticsSettings.parse({
    type: 'log_analytics',
    credential: { type: 'managed_identity' },
    workspace: WORKSPACE,
    queries: [{ table: 'SecurityIncident' }],
    everyMinutes,
    lookbackHours: 3,
    overlapMinutes: 120,
    endpoint: `${server.endpoint}/v1`,
  });
  const born = server.requests.length;
  let isSealing = false;
  let [asked, quiet] = [born, 0];
  // The clock stands still, so there is one period; when it is read, nothing more is asked.
  const watch = setInterval(() => {
    const { requests } = server;
    const isOver =
      requests.length > born &&
      (until === undefined ||
        requests
          .slice(born)
          .some(({ body }) => body.includes(`< datetime(${new Date(until).toISOString()})`)));
    quiet = requests.length === asked && isOver && !isSealing ? quiet + 1 : 0;
    asked = requests.length;
    if (quiet >= QUIET_TICKS) enough.abort();
  }, 10);
  const collector = createLogAnalytics(
    settings,
    {
      source: 'workspace',
      signal: enough.signal,
      clock: () => now,
      log: silentLogger,
      durableSequence: (stream) => lake.durableSequence(stream),
      sealedSince: (stream, from) => createSealedCaptures(queries).ofStream(stream, from),
    },
    { credential, retryDelayMs: 1, jitter: () => 0 },
  );
  let batches = 0;
  for await (const batch of collector.batches()) {
    for (const capture of batch) {
      const { body, redactions } = redact(capture.body);
      lake.append({ ...capture, body, redactions, originalSha256: sha256Hex(capture.body) });
    }
    isSealing = sealsAfter(batches++);
    if (isSealing) await lake.seal();
    isSealing = false;
  }
  clearInterval(watch);
  queries.close();
  await lake.close();
}

async function titlesIn(path: string): Promise<string[]> {
  const queries = await openQueries({ path });
  const rows = await queries.rows('SELECT body FROM captures');
  queries.close();
  return rows
    .flatMap(
      ({ body }) =>
        (JSON.parse(Buffer.from(body as Uint8Array).toString()) as { records: { IncidentName: string }[] })
          .records,
    )
    .map(({ IncidentName }) => IncidentName)
    .toSorted();
}

test('whatever was sealed when a process died, and whenever rows became visible, each row is in the lake once', async () => {
  const step = fc.record({
    /** Rows that become visible, by how many minutes before now they were taken in. */
    rows: fc.array(fc.integer({ min: 6, max: 55 }), { maxLength: 4 }),
    sealAfter: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    everyMinutes: fc.constantFrom(10, 20, 30),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 3 }), async (steps) => {
      const path = mkdtempSync(join(tmpdir(), 'plumbline-restart-'));
      workspace.rows = [];
      let now = T0;
      for (const { rows, sealAfter, everyMinutes } of steps) {
        for (const minutes of rows)
          workspace.rows.push(incident(workspace.rows.length, now - minutes * MINUTE));
        await live({ path, now, everyMinutes, sealsAfter: (batch) => sealAfter[batch] === true });
        now += 5 * MINUTE;
      }
      // At last everything that can have settled is sealed.
      const end = now + 60 * MINUTE;
      await live({
        path,
        now: end + 5 * MINUTE,
        everyMinutes: 10,
        sealsAfter: () => true,
        until: end - (end % (10 * MINUTE)),
      });
      expect(await titlesIn(path)).toEqual(workspace.rows.map((_row, n) => `incident-${n}`).toSorted());
      rmSync(path, { recursive: true });
    }),
    {
      numRuns: 4,
      // Rows of a slice that is durable become visible in the next life, and in the one after it.
      examples: [
        [
          [50, 20],
          [52, 40],
          [30, 30],
        ].map((rows) => ({ rows, sealAfter: [true, true, true, true, false, false], everyMinutes: 10 })),
      ].map((steps): [typeof steps] => [steps]),
    },
  );
}, 60_000);
