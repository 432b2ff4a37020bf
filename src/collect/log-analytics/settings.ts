import { z } from 'zod';
import { AzureCredentialSettings } from '../azure-credential.ts';

const LogQuerySettings = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w-]+$/, 'letters, digits and dashes')
      .optional()
      .describe('Names the stream; never change it. (Default: the table)'),
    table: z
      .string()
      .regex(/^[A-Za-z_]\w*$/, 'the name of a table')
      .optional()
      .describe('A table that is read whole, such as SecurityIncident.'),
    kql: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Instead of a table: a query that keeps rows with ingestion_time() >= {from} and ingestion_time() < {to}.',
      ),
  })
  .refine((q) => (q.table === undefined) !== (q.kql === undefined), {
    error: 'give either table or kql',
    path: ['table'],
  })
  .refine((q) => q.kql === undefined || q.name !== undefined, {
    error: 'a query needs a name',
    path: ['name'],
  })
  .refine((q) => q.kql === undefined || (q.kql.includes('{from}') && q.kql.includes('{to}')), {
    error: 'the query has to use {from} and {to}, so that no row is read twice',
    path: ['kql'],
  });
export type LogQuerySettings = z.infer<typeof LogQuerySettings>;

export const LogAnalyticsSettings = z.strictObject({
  type: z.literal('log_analytics'),
  credential: AzureCredentialSettings.describe(
    'Who signs in; Log Analytics Reader on the workspace is enough.',
  ),
  workspace: z.uuid().describe('Id of the workspace, as its overview page shows it.'),
  queries: z
    .array(LogQuerySettings)
    .min(1)
    .prefault([{ table: 'SecurityIncident' }, { table: 'SecurityAlert' }])
    .describe('What is read.'),
  everyMinutes: z
    .number()
    .min(1)
    .max(60)
    .default(5)
    .describe('Length of the slices of time that are asked for.'),
  settleMinutes: z
    .number()
    .min(0)
    .max(120)
    .default(5)
    .describe('A slice is asked for so long after its end, when its rows can be expected to be visible.'),
  overlapMinutes: z
    .number()
    .min(0)
    .max(1440)
    .default(60)
    .describe('So far back rows are looked for that became visible late.'),
  lookbackHours: z
    .number()
    .min(0)
    .max(8760)
    .default(24)
    .describe('How far back reading starts when nothing was read before.'),
  endpoint: z
    .url()
    .default('https://api.loganalytics.io/v1')
    .describe('Query endpoint of a sovereign cloud, with its version.'),
  timeoutSeconds: z
    .number()
    .min(0.1)
    .max(600)
    .default(180)
    .describe('A query that takes longer is asked again.'),
});
export type LogAnalyticsSettings = z.infer<typeof LogAnalyticsSettings>;
