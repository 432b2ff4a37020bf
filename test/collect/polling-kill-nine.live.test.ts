import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { verifyFolder } from '../../src/cli/verify.ts';
import { openQueries } from '../../src/store/queries.ts';
import { REQUESTS, blobName, createBlobAccount, requestLine } from '../support/azure/blobs.ts';
import { WORKSPACE, incident, startWorkspace } from '../support/azure/log-analytics.ts';
import type { Workspace } from '../support/azure/log-analytics.ts';
import { startAzureServer } from '../support/azure/server.ts';
import { startChild } from '../support/child.ts';
import { createWorkplace } from '../support/cli.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIVES = 3;
const FLOWS = 'insights-logs-flowlogflowevent';

/** Everything that stands in the lake, by the number each record bears. */
async function numbersIn(lake: string): Promise<Record<'incidents' | 'requests' | 'flows', number[]>> {
  const queries = await openQueries({ path: lake });
  const rows = await queries.rows('SELECT stream, body FROM captures');
  queries.close();
  const numbers = (ofStream: RegExp, pattern: RegExp): number[] =>
    rows
      .filter(({ stream }) => ofStream.test(String(stream)))
      .flatMap(({ body }) => [
        ...Buffer.from(body as Uint8Array)
          .toString()
          .matchAll(pattern),
      ])
      .map(([, n]) => Number(n))
      .toSorted((a, b) => a - b);
  return {
    incidents: numbers(/^loganalytics/, /"incident-(\d+)"/g),
    requests: numbers(new RegExp(REQUESTS), /"n":(\d+)/g),
    flows: numbers(new RegExp(FLOWS), /"n":(\d+)/g),
  };
}

test('a service that is killed again and again has every row and every record of a blob once', async () => {
  const place = createWorkplace();
  const workspace: Workspace = { rows: [], limit: 1000 };
  await using analytics = await startWorkspace(workspace);
  const account = createBlobAccount();
  await using blobs = await startAzureServer(account.answer, (who) => who.startsWith('SharedKey '));
  writeFileSync(join(place.folder, 'ca.pem'), analytics.certificate);
  mkdirSync(join(place.folder, 'data'));
  writeFileSync(
    join(place.folder, 'plumbline.yml'),
    `lake: { sealAfter: 300ms }
serve: { port: 0 }
sources:
  sentinel:
    type: log_analytics
    credential: { type: managed_identity }
    workspace: ${WORKSPACE}
    queries: [{ table: SecurityIncident }]
    everyMinutes: 1
    settleMinutes: 0
    lookbackHours: 1
    endpoint: ${analytics.endpoint}/v1
  archive:
    type: storage_blobs
    connectionString: "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;BlobEndpoint=${blobs.endpoint};"
    everySeconds: 1
`,
  );
  const env = { ...analytics.identity, NODE_EXTRA_CA_CERTS: join(place.folder, 'ca.pem') };
  const start = () => startChild(['run', '--config', 'plumbline.yml'], { cwd: place.folder, env });

  const hour = Math.floor(Date.now() / HOUR) * HOUR;
  const written = { incidents: 0, requests: 0, flows: 0 };
  const flow = (n: number): string =>
    JSON.stringify({ time: new Date(hour).toISOString(), category: 'FlowLogFlowEvent', flowRecords: {}, n });
  /** More of everything: rows of minutes that are long over among them, lines that are half written, lists that grow. */
  const write = (): void => {
    for (const minutes of [2, 5, 20, 40])
      workspace.rows.push(incident(written.incidents++, Date.now() - minutes * MINUTE));
    const line = (): string => requestLine(written.requests++, hour);
    const torn = line();
    account.append(REQUESTS, blobName('A', hour), line() + torn.slice(0, 40));
    account.append(REQUESTS, blobName('A', hour), torn.slice(40));
    account.append(REQUESTS, blobName('B', hour - 2 * HOUR), line());
    written.flows += 2;
    const flows = Array.from({ length: written.flows }, (_, n) => flow(n));
    account.put(FLOWS, blobName('V', hour, 'macAddress=0/PT1H.json'), `{"records":[${flows.join(',')}]}`);
  };
  write();
  for (let life = 0; life < LIVES; life++) {
    await using child = start();
    await child.until(/plumbline: running/);
    for (let step = 0; step < 3; step++) {
      write();
      await sleep(150 + 130 * ((life * 3 + step) % 7));
    }
    child.process.kill('SIGKILL');
    await child.ended;
  }
  write();
  const lake = join(place.folder, 'data/lake');
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  const all = () => ({
    incidents: upTo(written.incidents),
    requests: upTo(written.requests),
    flows: upTo(written.flows),
  });
  await using last = start();
  await last.until(/plumbline: running/);
  await expect.poll(() => numbersIn(lake), { timeout: 120_000, interval: 2000 }).toEqual(all());
  last.process.kill('SIGTERM');
  expect((await last.ended).code).toBe(0);
  expect(await numbersIn(lake)).toEqual(all());
  expect((await verifyFolder(lake)).faults).toEqual([]);
}, 400_000);
