import type { TokenCredential } from '@azure/identity';
import type { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { SECOND_MS } from '../../lib/clock.ts';
import { PipelineError } from '../../lib/errors.ts';
import type { StorageBlobsSettings } from './settings.ts';

/** A blob as a listing shows it. */
export interface ListedBlob {
  readonly name: string;
  readonly etag: string;
  readonly length: number;
}

/** The few calls that reading logs out of a storage account takes. Each is one attempt, limited in time with its body. */
export interface BlobService {
  /** Host of the account. */
  readonly host: string;
  containers(): Promise<readonly string[]>;
  /** What blobs' names in a container begin with, up to the date. */
  series(container: string): Promise<readonly string[]>;
  blobs(container: string, prefix: string): Promise<readonly ListedBlob[]>;
  /** Bytes from `offset` on, fewer where the blob ends. */
  read(container: string, name: string, offset: number, count: number): Promise<Buffer>;
}

/** What diagnostic settings, activity log exports and flow logs name their containers. Metrics are no evidence. */
const logContainers = ['insights-logs-', 'insights-activity-logs'];

/** Where the date begins in a blob's name. */
const DATE = '/y=';

async function clientOf(
  { account, connectionString }: StorageBlobsSettings,
  credential: TokenCredential | undefined,
): Promise<BlobServiceClient> {
  const { BlobServiceClient: Client } = await import('@azure/storage-blob');
  // Attempts are counted in one place, ours: the client's own would multiply them.
  const options = { retryOptions: { maxTries: 1 } };
  if (account !== undefined && credential !== undefined) return new Client(account, credential, options);
  try {
    return Client.fromConnectionString(connectionString ?? '', options);
  } catch {
    // What the SDK says here may repeat the key.
    throw new PipelineError(
      'CONFIG_INVALID',
      'storage_blobs connectionString',
      'it cannot be read; copy the connection string of the storage account whole',
    );
  }
}

/** @throws PipelineError CONFIG_INVALID when the connection string cannot be read. */
export async function openBlobService(
  settings: StorageBlobsSettings,
  credential: TokenCredential | undefined,
  signal: AbortSignal,
): Promise<BlobService> {
  const client = await clientOf(settings, credential);
  const within = (): AbortSignal =>
    AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutSeconds * SECOND_MS)]);
  return {
    host: new URL(client.url).host,
    async containers() {
      const names: string[] = [];
      for (const prefix of logContainers)
        for await (const { name } of client.listContainers({ prefix, abortSignal: within() }))
          names.push(name);
      return names;
    },
    async series(container) {
      const inside = client.getContainerClient(container);
      try {
        return await byDelimiter(inside, within());
      } catch (thrown) {
        // Accounts with a hierarchical namespace take no delimiter but a slash.
        if ((thrown as { readonly statusCode?: unknown }).statusCode !== 400) throw thrown;
        return byNames(inside, within());
      }
    },
    async blobs(container, prefix) {
      const found: ListedBlob[] = [];
      const list = client.getContainerClient(container).listBlobsFlat({ prefix, abortSignal: within() });
      for await (const { name, properties } of list)
        found.push({ name, etag: properties.etag, length: properties.contentLength ?? 0 });
      return found;
    },
    async read(container, name, offset, count) {
      const response = await client
        .getContainerClient(container)
        .getBlobClient(name)
        .download(offset, count, { abortSignal: within(), maxRetryRequests: 0 });
      const chunks: Buffer[] = [];
      for await (const chunk of response.readableStreamBody ?? []) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
  };
}

async function byDelimiter(inside: ContainerClient, abortSignal: AbortSignal): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const item of inside.listBlobsByHierarchy(DATE, { abortSignal })) {
    // The service answers with the delimiter whole, its emulator with the first letter of it.
    if (item.kind === 'prefix') found.add(item.name.replace(/y=$/, ''));
  }
  return [...found];
}

async function byNames(inside: ContainerClient, abortSignal: AbortSignal): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const { name } of inside.listBlobsFlat({ abortSignal })) {
    const at = name.indexOf(DATE);
    if (at >= 0) found.add(name.slice(0, at + 1));
  }
  return [...found];
}
