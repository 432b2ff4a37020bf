import { createAzureCredential } from '../azure-credential.ts';
import type { ProbeContext } from '../collector.ts';
import { explainTrouble } from '../polling/azure-trouble.ts';
import { openBlobService } from './service.ts';
import type { StorageBlobsSettings } from './settings.ts';

/** Lists what logs there are in each container. */
export async function probeAccount(
  settings: StorageBlobsSettings,
  { clock, signal, credential }: ProbeContext,
): Promise<string> {
  let need = { role: 'Storage Blob Data Reader', scope: 'the storage account', setting: 'account' };
  try {
    const identity =
      credential ?? (settings.credential && (await createAzureCredential(settings.credential, clock)));
    const service = await openBlobService(settings, identity, signal);
    need = { ...need, scope: `account ${service.host}` };
    const containers = settings.containers ?? (await service.containers());
    let resources = 0;
    for (const container of containers) {
      need = { ...need, scope: `${service.host}/${container}`, setting: 'containers' };
      resources += (await service.series(container)).length;
    }
    return `${containers.length} containers with logs of ${resources} resources`;
  } catch (thrown) {
    throw new Error(explainTrouble(thrown, need), { cause: thrown });
  }
}
