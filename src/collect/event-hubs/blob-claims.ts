import type { TokenCredential } from '@azure/identity';
import type { ContainerClient } from '@azure/storage-blob';
import { SECOND_MS } from '../../lib/clock.ts';
import { PipelineError, describeError } from '../../lib/errors.ts';
import type { Claim, ClaimStore, Mark } from './claims.ts';
import type { EventHubsSettings, HubPlace } from './settings.ts';

/** Somebody was quicker: the blob is there already, or is another one by now. */
const wasQuicker = (thrown: unknown): boolean =>
  typeof thrown === 'object' &&
  thrown !== null &&
  'statusCode' in thrown &&
  (thrown.statusCode === 412 || thrown.statusCode === 409);

/** How long the store may take for one answer: who waits longer would lose all claims, and hold up its watch over them. */
const ANSWER_MS = 10 * SECOND_MS;

async function containerOf(
  settings: EventHubsSettings,
  credential: TokenCredential | undefined,
): Promise<ContainerClient> {
  const { ContainerClient: Client } = await import('@azure/storage-blob');
  const { container, connectionString, containerName } = settings.claims ?? {};
  if (container !== undefined && credential !== undefined) return new Client(container, credential);
  try {
    return new Client(connectionString ?? '', containerName ?? '');
  } catch {
    // What the SDK says here may repeat the key.
    throw new PipelineError(
      'CONFIG_INVALID',
      'event_hubs claims',
      'the connection string of the storage account cannot be read; copy it whole, and name its container',
    );
  }
}

/**
 * Claims as blobs, laid out as Azure's own processors do, so that their tools see who reads what and how far:
 * `{namespace}/{hub}/{group}/ownership|checkpoint/{partition}`, all lower case, with the facts in metadata.
 */
export async function blobClaims(
  settings: EventHubsSettings,
  { namespace, hub }: HubPlace,
  credential: TokenCredential | undefined,
): Promise<ClaimStore> {
  const container = await containerOf(settings, credential);
  const root = `${namespace}/${hub}/${settings.consumerGroup}`.toLowerCase();
  const write = async (
    kind: 'ownership' | 'checkpoint',
    partition: string,
    metadata: Record<string, string>,
    conditions: { ifMatch?: string; ifNoneMatch?: string },
  ): Promise<string> => {
    const blob = container.getBlockBlobClient(`${root}/${kind}/${partition}`);
    const { etag } = await blob.upload('', 0, {
      metadata,
      conditions,
      abortSignal: AbortSignal.timeout(ANSWER_MS),
    });
    return etag ?? '';
  };
  return {
    async list() {
      const claims: Claim[] = [];
      const prefix = `${root}/ownership/`;
      try {
        for await (const { name, metadata, properties } of container.listBlobsFlat({
          prefix,
          includeMetadata: true,
          abortSignal: AbortSignal.timeout(ANSWER_MS),
        })) {
          claims.push({
            partition: name.slice(prefix.length),
            owner: metadata?.['ownerid'] ?? '',
            version: `"${properties.etag.replaceAll('"', '')}"`,
          });
        }
      } catch (thrown) {
        throw new PipelineError(
          'SOURCE_UNAVAILABLE',
          'event_hubs claims',
          `the container cannot be listed; does it exist, and have we the role Storage Blob Data Contributor? (${describeError(thrown)})`,
          { cause: thrown },
        );
      }
      return claims;
    },
    async put(partition, owner, version) {
      const conditions = version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version };
      try {
        const etag = await write('ownership', partition, { ownerid: owner }, conditions);
        return { partition, owner, version: `"${etag.replaceAll('"', '')}"` };
      } catch (thrown) {
        if (wasQuicker(thrown)) return undefined;
        throw thrown;
      }
    },
    async checkpoint(partition, { sequence, offset }: Mark) {
      await write('checkpoint', partition, { sequencenumber: String(sequence), offset }, {});
    },
  };
}
