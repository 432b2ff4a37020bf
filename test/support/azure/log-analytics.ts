import type { Harness } from '../../collect/harness.ts';
import { T0 } from '../samples.ts';
import { refused, startAzureServer } from './server.ts';
import type { AzureAnswer, AzureRequest, AzureServer } from './server.ts';

export const WORKSPACE = '00000000-0000-4000-8000-000000000001';

export interface LogRow {
  readonly table: string;
  /** When the service took it in, epoch ms. */
  readonly ingestedAt: number;
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Workspace {
  rows: LogRow[];
  /** Answers with more rows are cut and marked as partial. */
  limit: number;
}

/** The query interface: rows of a table between two ingestion times, in whatever order. */
export const startWorkspace = (workspace: Workspace): Promise<AzureServer> =>
  startAzureServer(({ url, body }: AzureRequest): AzureAnswer => {
    if (url.pathname !== `/v1/workspaces/${WORKSPACE}/query`) return refused(404, 'WorkspaceNotFoundError');
    const { query } = JSON.parse(body) as { query: string };
    const [from, to] = [...query.matchAll(/datetime\(([^)]+)\)/g)].map(([, text = '']) => Date.parse(text));
    const table = /^\w+/.exec(query)?.[0] ?? '';
    if (from === undefined || to === undefined) return refused(400, 'BadArgumentError');
    const found = workspace.rows.filter(
      (row) => row.table === table && row.ingestedAt >= from && row.ingestedAt < to,
    );
    const names = [...new Set(found.flatMap(({ values }) => Object.keys(values)))];
    const rows = found.slice(0, workspace.limit).toReversed();
    const isCut = found.length > workspace.limit;
    return {
      kind: 'json',
      body: {
        tables: [
          {
            name: 'PrimaryResult',
            columns: names.map((name) => ({ name, type: name === 'TimeGenerated' ? 'datetime' : 'string' })),
            rows: rows.map(({ values }) => names.map((name) => values[name] ?? null)),
          },
        ],
        ...(isCut
          ? { error: { code: 'PartialError', message: 'There were some errors when processing your query.' } }
          : {}),
      },
    };
  });

export const incident = (n: number, ingestedAt: number): LogRow => ({
  table: 'SecurityIncident',
  ingestedAt,
  values: {
    TenantId: WORKSPACE,
    TimeGenerated: `2026-03-02T08:${String(n % 60).padStart(2, '0')}:00.1234567Z`,
    IncidentName: `incident-${n}`,
    Title: 'Jailbreak attempts',
    Severity: 'Medium',
    Status: 'New',
    SourceSystem: 'Azure',
    Type: 'SecurityIncident',
    Owner: '{"objectId":null}',
    Empty: null,
  },
});

/** Two hours of incidents in a workspace, read with the machine's managed identity. */
export async function logAnalyticsHarness(): Promise<Harness> {
  const rows = Array.from({ length: 48 }, (_, n) => incident(n, T0 - 7_200_000 + n * 120_000));
  const server = await startWorkspace({ rows, limit: 1000 });
  Object.assign(process.env, server.identity);
  return {
    settings: {
      type: 'log_analytics',
      credential: { type: 'managed_identity' },
      workspace: WORKSPACE,
      queries: [{ table: 'SecurityIncident' }],
      everyMinutes: 2,
      settleMinutes: 5,
      overlapMinutes: 10,
      lookbackHours: 3,
      endpoint: `${server.endpoint}/v1`,
      timeoutSeconds: 10,
    },
    holds: 48,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
