import { createAzureCredential } from '../azure-credential.ts';
import type { ProbeContext } from '../collector.ts';
import { asked } from '../polling/azure-trouble.ts';
import { openBlobService } from './service.ts';
import type { StorageBlobsSettings } from './settings.ts';

/** Lists what logs there are in each container. */
export async function probeAccount(
  settings: StorageBlobsSettings,
  { clock, signal }: ProbeContext,
): Promise<string> {
  const needOf = (scope: string, setting: string) => ({ role: 'Storage Blob Data Reader', scope, setting });
  const service = await asked(needOf('the storage account', 'account'), async () => {
    const credential = settings.credential && (await createAzureCredential(settings.credential, clock));
    return openBlobService(settings, credential, signal);
  });
  const containers =
    settings.containers ??
    (await asked(needOf(`account ${service.host}`, 'account'), () => service.containers()));
  let resources = 0;
  for (const container of containers) {
    const need = needOf(`${service.host}/${container}`, 'containers');
    resources += (await asked(need, () => service.series(container))).length;
  }
  return `${containers.length} containers with logs of ${resources} resources`;
}
