import { z } from 'zod';
import { AzureCredentialSettings } from '../azure-credential.ts';

/** What can be read, with the role that allows it in words of the docs. */
export const postureKinds = ['assessments', 'secure_scores', 'pricings', 'regulatory', 'alerts'] as const;
export type PostureKind = (typeof postureKinds)[number];

const id = z.string().regex(/^[\w.()-]+$/, 'an id without slashes');
const minutes = z.number().min(1).max(1440);

export const DefenderPostureSettings = z
  .strictObject({
    type: z.literal('defender_posture'),
    credential: AzureCredentialSettings.describe('Who signs in; Security Reader on each scope is enough.'),
    subscriptions: z.array(id).default([]).describe('Ids of subscriptions.'),
    managementGroups: z
      .array(id)
      .default([])
      .describe('Ids of management groups: every subscription below them, also those that are added later.'),
    kinds: z
      .array(z.enum(postureKinds))
      .min(1)
      .default([...postureKinds])
      .describe('What is read.'),
    everyMinutes: minutes
      .default(60)
      .describe('How often the posture is read whole; keep it below the freshness of your assertions.'),
    regulatoryEveryMinutes: minutes
      .default(1440)
      .describe('The same for regulatory compliance, which takes a call a control.'),
    alertsEveryMinutes: minutes.default(5).describe('How often new and changed alerts are looked for.'),
    endpoint: z
      .url()
      .default('https://management.azure.com')
      .describe('Azure Resource Manager of a sovereign cloud.'),
    timeoutSeconds: z
      .number()
      .min(0.1)
      .max(600)
      .default(60)
      .describe('A page that takes longer is asked for again.'),
  })
  .refine((s) => s.subscriptions.length + s.managementGroups.length > 0, {
    error: 'name at least one subscription or management group',
    path: ['subscriptions'],
  });
export type DefenderPostureSettings = z.infer<typeof DefenderPostureSettings>;
