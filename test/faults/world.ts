import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { verifyFolder } from '../../src/cli/verify.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openQueries } from '../../src/store/queries.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { productFolder } from '../support/cli.ts';

/** A folder of logs that grows, a configuration that reads it, and the lake that comes of it. */
export interface FaultWorld extends Disposable {
  readonly folder: string;
  readonly lake: string;
  /** Adds records to some of the files. */
  grow(records: number): void;
  readonly records: () => number;
  /** What a reader finds wrong with the lake as it lies there, whoever was killed; empty when nothing is. */
  faults(): Promise<readonly string[]>;
  /** What is wrong with a lake that should hold everything, verified whole. */
  differences(): Promise<readonly string[]>;
}

const RULE = 'azure_diagnostic_settings_deleted';
const ASSERTION = 'logging.diagnostic-settings.kept';
const FILES = 4;

const recordOf = (number: number): string =>
  `${JSON.stringify({
    time: new Date(Date.UTC(2026, 2, 2) + number).toISOString(),
    resourceId: '/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG-AI',
    category: 'Administrative',
    operationName: 'MICROSOFT.RESOURCES/SUBSCRIPTIONS/RESOURCEGROUPS/READ',
    correlationId: `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`,
    callerIpAddress: '192.0.2.7',
  })}\n`;

export function createFaultWorld(
  settings: { readonly workers?: number; readonly sealRecords?: number } = {},
): FaultWorld {
  const { workers = 1, sealRecords = 40 } = settings;
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-faults-'));
  const lake = join(folder, 'data', 'lake');
  const inboxes = Array.from({ length: workers }, (_, at) => `inbox-${at + 1}`);
  for (const name of [...inboxes, 'rules', 'mappings']) mkdirSync(join(folder, name));
  cpSync(join(productFolder, `detections/azure/activity/${RULE}.yml`), join(folder, `rules/${RULE}.yml`));
  const hub = parse(readFileSync(join(productFolder, 'mappings/assertions.yml'), 'utf8')) as {
    assertions: readonly { id: string }[];
  };
  const assertions = hub.assertions.filter(({ id }) => id === ASSERTION);
  writeFileSync(join(folder, 'mappings/assertions.yml'), stringify({ assertions }));
  writeFileSync(
    join(folder, 'plumbline.yml'),
    stringify({
      detections: 'rules',
      mappings: 'mappings',
      workers,
      lake: { sealAfter: '100ms', sealRecords, origin: 'lake.example.com/faults' },
      serve: { port: 0 },
      sources: Object.fromEntries(
        inboxes.map((name) => [name, { type: 'files', paths: [name], blockKib: 1 }]),
      ),
    }),
  );
  let written = 0;
  /** Events that a reader has seen. */
  let seen = 0;

  return {
    folder,
    lake,
    grow(records) {
      for (let n = 0; n < records; n++, written++) {
        const inbox = inboxes[written % inboxes.length] ?? 'inbox-1';
        const file = `log-${Math.floor(written / inboxes.length) % FILES}.json`;
        appendFileSync(join(folder, inbox, file), recordOf(written));
      }
    },
    records: () => written,
    async faults() {
      // What was published last may lag behind what is true until the next start; `differences` verifies it all then.
      const queries = await openQueries({ path: lake });
      try {
        const [events] = await queries.rows('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM events');
        const [n, ids] = [Number(events?.['n']), Number(events?.['ids'])];
        const found: string[] = [];
        if (n !== ids) found.push(`${n} events, and ${ids} different ones`);
        if (n < seen) found.push(`${n} events, and there were ${seen} before`);
        seen = n;
        await queries.each('SELECT sha256(body) AS digest, stored_sha256 FROM captures', {}, (row) => {
          if (row['digest'] !== row['stored_sha256'])
            found.push(`a body that is not ${String(row['stored_sha256'])}`);
        });
        return found;
      } finally {
        queries.close();
      }
    },
    async differences() {
      const found = (await verifyFolder(lake)).faults.map((fault) => JSON.stringify(fault));
      const queries = await openQueries({ path: lake });
      try {
        const [events] = await queries.rows('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM events');
        if (Number(events?.['n']) !== written || Number(events?.['ids']) !== written)
          found.push(`${written} records; events ${Number(events?.['n'])}, ids ${Number(events?.['ids'])}`);
        const rows = await queries.rows(
          'SELECT source, stream, body FROM captures ORDER BY source, stream, sequence',
        );
        const bodies = Map.groupBy(rows, (row) => String(row['stream']));
        const kept = [...bodies.values()].map((list) =>
          list.map((row) => Buffer.from(row['body'] as Uint8Array).toString()).join(''),
        );
        for (const inbox of inboxes)
          for (const name of readdirSync(join(folder, inbox))) {
            const text = readFileSync(join(folder, inbox, name), 'utf8');
            const same = kept.filter((one) => one.replaceAll(/\s/g, '') === text.replaceAll(/\s/g, ''));
            if (same.length !== 1) found.push(`${inbox}/${name} is in the lake ${same.length} times`);
          }
      } finally {
        queries.close();
      }
      found.push(...(await strays(lake)));
      return found;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Parquet files that nothing points to, beside those never put in their place: a reader that goes by names would count their rows. */
async function strays(lake: string): Promise<string[]> {
  const files = folderFiles(lake);
  const snapshot = await readSnapshot(files);
  const live = new Set(Object.values(snapshot.files).flatMap((list) => list.map(({ path }) => path)));
  const all = await files.walk('');
  return all
    .filter((path) => path.endsWith('.parquet') && !live.has(path))
    .filter((path) => !path.includes('_delta_log/') && !path.startsWith('_staging/'))
    .map((path) => `${path} lies there and no commit names it`);
}
