import { SECOND_MS } from '../../lib/clock.ts';
import { createAzureCredential } from '../azure-credential.ts';
import type { ProbeContext } from '../collector.ts';
import { explainTrouble } from '../polling/azure-trouble.ts';
import { createPostureReader } from './reader.ts';
import type { DefenderPostureSettings } from './settings.ts';

/** Reads which plans are on, the shortest of the lists, of every subscription, those below management groups too. */
export async function probeDefender(
  settings: DefenderPostureSettings,
  { clock, signal, credential }: ProbeContext,
): Promise<string> {
  let need = { role: 'Security Reader', scope: '', setting: 'credential' };
  try {
    const identity = credential ?? (await createAzureCredential(settings.credential, clock));
    const reader = await createPostureReader(settings, {
      credential: identity,
      signal,
      retryDelayMs: SECOND_MS,
    });
    const subscriptions = new Set(settings.subscriptions);
    for (const group of settings.managementGroups) {
      const scope = `/providers/Microsoft.Management/managementGroups/${group}`;
      need = { role: 'Management Group Reader', scope, setting: 'managementGroups' };
      for (const subscription of await reader.subscriptionsBelow(group)) subscriptions.add(subscription);
    }
    for (const subscription of subscriptions) {
      need = { role: 'Security Reader', scope: `/subscriptions/${subscription}`, setting: 'subscriptions' };
      await reader.pages(subscription, 'pricings').next();
    }
    return `${subscriptions.size} subscriptions can be read`;
  } catch (thrown) {
    throw new Error(explainTrouble(thrown, need), { cause: thrown });
  }
}
