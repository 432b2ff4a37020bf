import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '../lib/errors.ts';
import { codeOf, SpuriousConflict, statusOf } from './blob-client.ts';
import type { Container } from './blob-client.ts';
import type { Lock } from './lock.ts';

/** The longest lease that ends by itself: Lease Blob, x-ms-lease-duration. */
const LEASE_SECONDS = 60;
const RENEW_MS = 20_000;
/** A lease of a process that died is over after this long. */
const WAIT_MS = (LEASE_SECONDS + 10) * 1000;
const PAUSE_MS = 2000;

/**
 * Takes a writer's place in a container by a lease, which ends a minute after its process does. A process that was
 * stopped for longer may wake up without one, so a lease alone keeps nobody out: the commits do.
 *
 * @param waitMs how long to wait for the lease of another process to end. (Default: a little longer than a lease)
 * @throws PipelineError LAKE_CONFLICT when another process keeps it.
 */
export async function lockContainer(
  { client, prefix, url, call }: Container,
  writer: string,
  waitMs = WAIT_MS,
): Promise<Lock> {
  const blob = client.getBlockBlobClient(`${prefix}_writer-${writer}.lock`);
  const lease = blob.getBlobLeaseClient();
  for (let waited = 0; ; waited += PAUSE_MS) {
    const isTaken = await call(async (abortSignal) => {
      try {
        await lease.acquireLease(LEASE_SECONDS, { abortSignal });
        return false;
      } catch (thrown) {
        if (codeOf(thrown) === 'LeaseAlreadyPresent') return true;
        if (statusOf(thrown) !== 404) throw thrown;
        await blob.upload('', 0, { abortSignal });
        throw new SpuriousConflict('made the blob to be leased', { cause: thrown });
      }
    });
    if (!isTaken) break;
    if (waited >= waitMs)
      throw new PipelineError(
        'LAKE_CONFLICT',
        `lake ${url}`,
        `another process is writing to it as ${writer}; stop that one, or give this one a name of its own (lake.writer)`,
      );
    await sleep(PAUSE_MS);
  }
  let isHeld = true;
  const renewing = setInterval(() => {
    void call((abortSignal) => lease.renewLease({ abortSignal })).catch((thrown: unknown) => {
      // Without an answer the lease may still be ours; only a refusal says that it is not.
      if (statusOf(thrown) === 409) isHeld = false;
    });
  }, RENEW_MS);
  renewing.unref();
  return {
    isExclusive: false,
    get isHeld() {
      return isHeld;
    },
    async release() {
      clearInterval(renewing);
      await lease.releaseLease().catch(() => undefined);
    },
  };
}
