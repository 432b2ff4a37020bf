import { SECOND_MS } from '../../lib/clock.ts';
import { createAzureCredential } from '../azure-credential.ts';
import type { ProbeContext } from '../collector.ts';
import { asked } from '../polling/azure-trouble.ts';
import { createPostureReader } from './reader.ts';
import type { DefenderPostureSettings } from './settings.ts';

/** Reads which plans are on, the shortest of the lists, of every subscription, those below management groups too. */
export async function probeDefender(
  settings: DefenderPostureSettings,
  { clock, signal }: ProbeContext,
): Promise<string> {
  const signIn = { role: 'Security Reader', scope: '', setting: 'credential' };
  const credential = await asked(signIn, () => createAzureCredential(settings.credential, clock));
  const reader = await createPostureReader(settings, { credential, signal, retryDelayMs: SECOND_MS });
  const subscriptions = new Set(settings.subscriptions);
  for (const group of settings.managementGroups) {
    const scope = `/providers/Microsoft.Management/managementGroups/${group}`;
    const need = { role: 'Management Group Reader', scope, setting: 'managementGroups' };
    for (const below of await asked(need, () => reader.subscriptionsBelow(group))) subscriptions.add(below);
  }
  for (const subscription of subscriptions) {
    const scope = `/subscriptions/${subscription}`;
    const need = { role: 'Security Reader', scope, setting: 'subscriptions' };
    await asked(need, () => reader.pages(subscription, 'pricings').next());
  }
  return `${subscriptions.size} subscriptions can be read`;
}
