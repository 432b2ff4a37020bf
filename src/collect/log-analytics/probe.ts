import { SECOND_MS } from '../../lib/clock.ts';
import { createAzureCredential } from '../azure-credential.ts';
import type { ProbeContext } from '../collector.ts';
import { asked } from '../polling/azure-trouble.ts';
import { createAsk } from './asking.ts';
import type { LogAnalyticsSettings } from './settings.ts';

/** Asks each table for nothing: whether it is there, and whether we may read it. */
export async function probeWorkspace(
  settings: LogAnalyticsSettings,
  { clock, signal }: ProbeContext,
): Promise<string> {
  const { workspace, queries } = settings;
  const need = { role: 'Log Analytics Reader', scope: `workspace ${workspace}`, setting: 'workspace' };
  const credential = await asked(need, () => createAzureCredential(settings.credential, clock));
  const ask = await createAsk(settings, { credential, signal, retryDelayMs: SECOND_MS });
  for (const query of queries) await asked(need, () => ask(query, 0, 0));
  return `${queries.length} queries are answered`;
}
