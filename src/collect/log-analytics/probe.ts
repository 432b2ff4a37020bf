import { SECOND_MS } from '../../lib/clock.ts';
import { createAzureCredential } from '../azure-credential.ts';
import type { ProbeContext } from '../collector.ts';
import { explainTrouble } from '../polling/azure-trouble.ts';
import { createAsk } from './asking.ts';
import type { LogAnalyticsSettings } from './settings.ts';

/** Asks each table for nothing: whether it is there, and whether we may read it. */
export async function probeWorkspace(
  settings: LogAnalyticsSettings,
  { clock, signal, credential }: ProbeContext,
): Promise<string> {
  const need = {
    role: 'Log Analytics Reader',
    scope: `workspace ${settings.workspace}`,
    setting: 'workspace',
  };
  try {
    const identity = credential ?? (await createAzureCredential(settings.credential, clock));
    const ask = await createAsk(settings, { credential: identity, signal, retryDelayMs: SECOND_MS });
    for (const query of settings.queries) await ask(query, 0, 0);
  } catch (thrown) {
    throw new Error(explainTrouble(thrown, need), { cause: thrown });
  }
  return `${settings.queries.length} queries are answered`;
}
