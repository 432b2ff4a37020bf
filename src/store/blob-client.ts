import type { ContainerClient } from '@azure/storage-blob';
import { PipelineError, describeError } from '../lib/errors.ts';
import { retry } from '../lib/retry.ts';
import type { RetryPolicy } from '../lib/retry.ts';

/** Where a lake lies in Azure Blob Storage. */
export interface ContainerSettings {
  /** `https://<account>.blob.core.windows.net/<container>`, and a folder in it when there is more behind. */
  readonly url: string;
  /** (Default: the identity of this machine or of whoever is signed in, by `DefaultAzureCredential`) */
  readonly connectionString?: string | undefined;
  /** (Default: 8 attempts, from 200 ms to 10 s apart) */
  readonly retry?: RetryPolicy;
  /** How long one attempt may take, ms. (Default: 30,000) */
  readonly timeoutMs?: number;
}

/** A container, and how its operations are called. */
export interface Container {
  readonly client: ContainerClient;
  /** Put before every path; empty, or ends with a slash. */
  readonly prefix: string;
  readonly url: string;
  /**
   * Runs an operation, again when the failure may pass.
   *
   * @throws PipelineError CONFIG_INVALID when the identity may not do it, STORE_FAILED when it failed to the end.
   */
  readonly call: <T>(operation: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

const policy: RetryPolicy = { attempts: 8, firstDelayMs: 200, maxDelayMs: 10_000 };

/** HTTP status of an answer; undefined when none came. */
export const statusOf = (thrown: unknown): number | undefined => {
  const status = (thrown as { readonly statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === 'number' ? status : undefined;
};

interface ServiceError {
  readonly code?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** The service's own code of an error, such as `LeaseAlreadyPresent`; empty when it gave none. */
export const codeOf = (thrown: unknown): string => {
  const { code, response } = (thrown ?? {}) as ServiceError;
  return typeof code === 'string' ? code : (response?.headers?.get('x-ms-error-code') ?? '');
};

/** A refusal of a condition that turned out not to hold after all: worth another try. */
export class SpuriousConflict extends Error {
  override readonly name = 'SpuriousConflict';
}

const passing = new Set([408, 429, 500, 502, 503, 504]);

/** No answer at all (a reset, a timeout) may pass too; an answer that refuses does not. */
function mayPass(thrown: unknown): boolean {
  if (thrown instanceof PipelineError) return false;
  const status = statusOf(thrown);
  return status === undefined || passing.has(status);
}

function failure(url: string, thrown: unknown): unknown {
  if (thrown instanceof PipelineError) return thrown;
  const status = statusOf(thrown);
  if (status === 401 || status === 403)
    return new PipelineError(
      'CONFIG_INVALID',
      url,
      `the storage account refuses this identity (${status} ${codeOf(thrown)}); give it the role Storage Blob Data Contributor on the container, and see that the account's firewall lets this machine in`,
    );
  if (status !== undefined && !passing.has(status)) return thrown;
  const what = `it did not answer to the last attempt: ${status ?? ''} ${codeOf(thrown)}`.trimEnd();
  return new PipelineError('STORE_FAILED', url, what, { cause: new Error(describeError(thrown)) });
}

function partsOf(url: string): { readonly container: string; readonly prefix: string } {
  const { origin, pathname } = new URL(url);
  const [first = '', ...rest] = pathname.split('/').filter((part) => part !== '');
  // Azurite, and nothing else, puts the account's name first in the path.
  const isLocal = /^(127\.|localhost)/.test(new URL(url).hostname);
  const [account, name, folder] = isLocal ? [`/${first}`, rest[0] ?? '', rest.slice(1)] : ['', first, rest];
  if (name === '')
    throw new PipelineError(
      'CONFIG_INVALID',
      'lake.container',
      `${url} names no container: write https://<account>.blob.core.windows.net/<container>`,
    );
  return { container: `${origin}${account}/${name}`, prefix: folder.map((part) => `${part}/`).join('') };
}

/**
 * Opens a container, making it when it is not there.
 *
 * @param jitter in [0, 1): spreads the waits between attempts.
 * @throws PipelineError CONFIG_INVALID when the URL names no container or the identity may not write to it.
 */
export async function openContainer(settings: ContainerSettings, jitter: () => number): Promise<Container> {
  const { url, connectionString, timeoutMs = 30_000 } = settings;
  const { container, prefix } = partsOf(url);
  const { BlobServiceClient, ContainerClient: Client } = await import('@azure/storage-blob');
  // Attempts are counted in one place, ours: the client's own would multiply them and hide what was answered.
  const options = { retryOptions: { maxTries: 1 } };
  const name = container.slice(container.lastIndexOf('/') + 1);
  const client =
    connectionString === undefined
      ? new Client(container, new (await import('@azure/identity')).DefaultAzureCredential(), options)
      : BlobServiceClient.fromConnectionString(connectionString, options).getContainerClient(name);
  const never = new AbortController().signal;
  const call: Container['call'] = async (operation) => {
    try {
      return await retry(
        settings.retry ?? policy,
        { signal: never, jitter, isRetryable: mayPass },
        async () => operation(AbortSignal.timeout(timeoutMs)),
      );
    } catch (thrown) {
      throw failure(url, thrown);
    }
  };
  await call((abortSignal) => client.createIfNotExists({ abortSignal }));
  return { client, prefix, url, call };
}
