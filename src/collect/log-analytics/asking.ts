import type { TokenCredential } from '@azure/identity';
import { iso, SECOND_MS } from '../../lib/clock.ts';
import { wholeAnswerWithin } from '../polling/whole-answer.ts';
import { rowsOf } from './rows.ts';
import type { Row } from './rows.ts';
import type { LogAnalyticsSettings, LogQuerySettings } from './settings.ts';

/** Rows that the service took in from `from` to before `to`, epoch ms. */
export type Ask = (query: LogQuerySettings, from: number, to: number) => Promise<readonly Row[]>;

/** The query for a slice. */
export function kqlOf({ table, kql }: LogQuerySettings, from: number, to: number): string {
  const [first, end] = [`datetime(${iso(from)})`, `datetime(${iso(to)})`];
  return kql === undefined
    ? `${table ?? ''} | where ingestion_time() >= ${first} and ingestion_time() < ${end}`
    : kql.replaceAll('{from}', first).replaceAll('{to}', end);
}

/** Slices shorter than this are not cut again. */
const SHORTEST_MS = SECOND_MS;

/** The range of `TimeGenerated` that is looked at: rows may be taken in long after they happened. */
const HAPPENED_WITHIN = 'P365D';

export async function createAsk(
  settings: LogAnalyticsSettings,
  {
    credential,
    signal,
    retryDelayMs,
  }: { credential: TokenCredential; signal: AbortSignal; retryDelayMs: number },
): Promise<Ask> {
  const { LogsQueryClient } = await import('@azure/monitor-query-logs');
  const timeoutMs = settings.timeoutSeconds * SECOND_MS;
  let text = '';
  const client = new LogsQueryClient(credential, {
    endpoint: settings.endpoint,
    retryOptions: { maxRetries: 3, retryDelayInMs: retryDelayMs, maxRetryDelayInMs: 30 * SECOND_MS },
    additionalPolicies: [
      { position: 'perRetry', policy: wholeAnswerWithin(timeoutMs, signal) },
      {
        position: 'perCall',
        // What the client makes of the answer has lost digits of times and of large numbers.
        policy: {
          name: 'keepText',
          async sendRequest(request, next) {
            const response = await next(request);
            text = response.bodyAsText ?? '';
            return response;
          },
        },
      },
    ],
  });

  return async function ask(query: LogQuerySettings, from: number, to: number): Promise<readonly Row[]> {
    await client.queryWorkspace(
      settings.workspace,
      kqlOf(query, from, to),
      { duration: HAPPENED_WITHIN },
      { serverTimeoutInSeconds: Math.max(1, Math.floor(settings.timeoutSeconds)), abortSignal: signal },
    );
    const answer = rowsOf(text);
    if (answer.kind === 'rows') return answer.rows;
    if (to - from <= SHORTEST_MS)
      throw new RangeError(
        `one second of ${query.name ?? query.table ?? ''} is more than one answer holds (${answer.why})`,
      );
    const middle = from + Math.floor((to - from) / 2 / SHORTEST_MS) * SHORTEST_MS;
    return [...(await ask(query, from, middle)), ...(await ask(query, middle, to))];
  };
}
