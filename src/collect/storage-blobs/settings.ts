import { z } from 'zod';
import { AzureCredentialSettings } from '../azure-credential.ts';

export const StorageBlobsSettings = z
  .strictObject({
    type: z.literal('storage_blobs'),
    account: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Blob endpoint of the storage account, https://<account>.blob.core.windows.net.'),
    credential: AzureCredentialSettings.optional().describe(
      'Who signs in; Storage Blob Data Reader on the account is enough.',
    ),
    connectionString: z
      .string()
      .min(1)
      .optional()
      .describe('Instead of account and credential, as `${NAME}`.'),
    containers: z
      .array(z.string().regex(/^[a-z0-9$](?:-?[a-z0-9])*$/, 'the name of a container'))
      .min(1)
      .optional()
      .describe('(Default: all that begin with `insights-logs-` or `insights-activity-logs`)'),
    everySeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(60)
      .describe('How often blobs that can still grow are looked at.'),
    settleMinutes: z
      .number()
      .min(0)
      .max(1320)
      .default(120)
      .describe('The blob of an hour is looked at until so long after the end of the hour.'),
    lookbackHours: z
      .number()
      .min(0)
      .max(87_600)
      .default(24)
      .describe('How far back reading starts when nothing of a resource was read before.'),
    discoverMinutes: z
      .number()
      .min(0.1)
      .max(1440)
      .default(10)
      .describe('How often new containers and resources are looked for.'),
    parallel: z.int().min(1).max(32).default(4).describe('Resources that are read at the same time.'),
    blockKib: z
      .int()
      .min(1)
      .max(16 * 1024)
      .default(256)
      .describe('Records are captured in blocks of about this size, in KiB.'),
    maxValueMib: z
      .int()
      .min(1)
      .max(1024)
      .default(64)
      .describe('A single record longer than this, in MiB, cannot be read.'),
    timeoutSeconds: z
      .number()
      .min(0.1)
      .max(600)
      .default(60)
      .describe('An answer that takes longer is asked for again.'),
  })
  .refine((s) => (s.connectionString === undefined) === (s.account !== undefined), {
    error: 'give either account and credential, or connectionString',
    path: ['account'],
  })
  .refine((s) => (s.account === undefined) === (s.credential === undefined), {
    error: 'an account needs a credential',
    path: ['credential'],
  });
export type StorageBlobsSettings = z.infer<typeof StorageBlobsSettings>;
