import { z } from 'zod';
import { DAY_MS } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { defineAnchor, fileNameOf } from './anchor.ts';

const statusOf = (thrown: unknown): number | undefined =>
  (thrown as { readonly statusCode?: number } | undefined)?.statusCode;

/** Puts each head into a blob container, never over another, and locks it there for a while where that is asked for. */
export const wormContainer = defineAnchor({
  type: 'worm_container',
  summary: 'Writes each checkpoint to a blob of its own, never over another, under an immutability policy.',
  settings: z.strictObject({
    type: z.literal('worm_container'),
    container: z.string().min(1),
    connectionString: z.string().min(1).describe('Of the storage account, as `${NAME}` or `${file:path}`.'),
    lockDays: z
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .describe(
        'Locks each blob for so many days; the container needs version-level immutability. Without it the container’s own policy counts.',
      ),
  }),
  create:
    ({ container, connectionString, lockDays }, { clock, signal }) =>
    async (head) => {
      const { BlobServiceClient } = await import('@azure/storage-blob');
      const name = fileNameOf(head);
      const bytes = Buffer.from(head.checkpoint);
      const failed = (what: string): PipelineError =>
        new PipelineError('STORE_FAILED', `worm_container ${container}/${name}`, what);
      try {
        const client = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);
        const blob = client.getBlockBlobClient(name);
        await blob
          .upload(bytes, bytes.length, { abortSignal: signal, conditions: { ifNoneMatch: '*' } })
          .catch(async (thrown: unknown) => {
            if (statusOf(thrown) !== 409 && statusOf(thrown) !== 412) throw thrown;
            const present = await blob.downloadToBuffer(0, undefined, { abortSignal: signal });
            if (!present.equals(bytes)) throw failed('another checkpoint of this size is there already');
          });
        if (lockDays !== undefined)
          await blob.setImmutabilityPolicy(
            { expiriesOn: new Date(clock() + lockDays * DAY_MS), policyMode: 'Locked' },
            { abortSignal: signal },
          );
      } catch (thrown) {
        if (thrown instanceof PipelineError) throw thrown;
        // The library's own error may quote the request with its signature: no cause is kept.
        throw failed(`the service answered ${statusOf(thrown) ?? 'nothing'}`);
      }
      return bytes;
    },
});
