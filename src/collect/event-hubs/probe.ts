import { createAzureCredential } from '../azure-credential.ts';
import type { ProbeContext } from '../collector.ts';
import { blobClaims } from './blob-claims.ts';
import { openHub } from './hub.ts';
import { placeOf } from './settings.ts';
import type { EventHubsSettings } from './settings.ts';
import { explainTrouble } from './trouble.ts';

/** Asks the hub for its partitions, and the container for its claims: no link is made, no partition taken from anybody. */
export async function probeHub(
  settings: EventHubsSettings,
  { clock, signal }: ProbeContext,
): Promise<string> {
  const place = placeOf(settings);
  if (place === undefined) throw new Error('the connection string names no hub; add `hub: NAME`');
  const credential = settings.credential && (await createAzureCredential(settings.credential, clock));
  const hub = await openHub(settings, place, credential);
  try {
    const partitions = await hub.partitions(signal).catch((thrown: unknown) => {
      throw new Error(explainTrouble(thrown), { cause: thrown });
    });
    const claims = settings.claims === undefined ? undefined : await blobClaims(settings, place, credential);
    const known = await claims?.list();
    const shared = known === undefined ? '' : `, claims of ${known.length} in the container`;
    return `${place.hub} has ${partitions.length} partitions${shared}`;
  } finally {
    await hub.close();
  }
}
