import { z } from 'zod';
import { AzureCredentialSettings } from '../azure-credential.ts';

const seconds = (least: number, most: number) => z.number().min(least).max(most);

const ClaimSettings = z.strictObject({
  container: z
    .url()
    .optional()
    .describe('URL of the blob container for claims; the credential of the source signs in to it.'),
  connectionString: z
    .string()
    .min(1)
    .optional()
    .describe('Instead of a URL: connection string of the storage account, as `${NAME}`,'),
  containerName: z.string().min(3).optional().describe('… and the name of its container.'),
  renewSeconds: seconds(0.05, 600).default(10).describe('How often claims are renewed and shared out anew.'),
  expireSeconds: seconds(0.2, 3600)
    .default(30)
    .describe('A claim that was not renewed for this long is free.'),
});

export const EventHubsSettings = z
  .strictObject({
    type: z.literal('event_hubs'),
    connectionString: z
      .string()
      .min(1)
      .optional()
      .describe('Of a namespace or hub, with a policy that may listen; as `${NAME}`.'),
    namespace: z
      .string()
      .regex(/^[A-Za-z0-9.-]+$/, 'a host name such as example.servicebus.windows.net')
      .optional()
      .describe('Host name of the namespace, where `credential` signs in.'),
    credential: AzureCredentialSettings.optional().describe('Who signs in; see the security page for roles.'),
    hub: z.string().min(1).optional().describe('Name of the hub; may be part of the connection string.'),
    consumerGroup: z
      .string()
      .min(1)
      .default('$Default')
      .describe('Give every lake a consumer group of its own.'),
    endpoint: z
      .string()
      .regex(/^[a-z]+:\/\//, 'a URL such as sb://10.0.0.4:5671')
      .optional()
      .describe('Another address of the namespace, for example of a private endpoint or an intermediary.'),
    transport: z
      .enum(['amqp', 'web_sockets'])
      .default('amqp')
      .describe('Port 5671, or 443 where only that is open. WebSockets go through the proxy in HTTPS_PROXY.'),
    ownerLevel: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .describe('Epoch of our receivers; one with a higher level takes the partition away.'),
    generation: z
      .int()
      .min(1)
      .default(1)
      .describe('Raise it when the hub was deleted and made anew: its sequence numbers begin again.'),
    bufferMessages: z
      .int()
      .min(4)
      .max(100_000)
      .default(512)
      .describe('At most this many messages of a partition are on their way or held,'),
    bufferMib: z.number().min(1).max(1024).default(16).describe('… and about this much of them, in MiB.'),
    watchSeconds: seconds(0.05, 3600)
      .default(30)
      .describe(
        'How often the lag is asked for; a partition that stands still for two such periods is taken up anew.',
      ),
    claims: ClaimSettings.optional().describe(
      'Where several processes of one consumer group agree on who reads what; without it, one process reads all.',
    ),
  })
  .refine((s) => (s.connectionString === undefined) !== (s.namespace === undefined), {
    error: 'give either connectionString, or namespace and credential',
    path: ['connectionString'],
  })
  .refine((s) => s.namespace === undefined || s.credential !== undefined, {
    error: 'a namespace needs a credential, for example {type: managed_identity}',
    path: ['credential'],
  })
  .refine((s) => s.namespace === undefined || s.hub !== undefined, {
    error: 'say which hub of the namespace',
    path: ['hub'],
  })
  .refine(
    (s) =>
      s.claims === undefined ||
      (s.claims.container === undefined) !== (s.claims.connectionString === undefined),
    {
      error: 'give either container, or connectionString and containerName',
      path: ['claims', 'container'],
    },
  )
  .refine((s) => s.claims?.container === undefined || s.credential !== undefined, {
    error: 'a container URL needs the credential of the source; give a connectionString instead',
    path: ['claims', 'container'],
  });
export type EventHubsSettings = z.infer<typeof EventHubsSettings>;

/** Where a hub is, without anything secret. */
export interface HubPlace {
  /** Host name of the namespace, lower case, whatever address it is reached by. */
  readonly namespace: string;
  readonly hub: string;
}

/** Reads the place out of the settings; undefined when they name no hub. */
export function placeOf(settings: EventHubsSettings): HubPlace | undefined {
  const parts = new Map(
    (settings.connectionString ?? '').split(';').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
    }),
  );
  const host = /^[a-z]+:\/\/([^/:]+)/i.exec(parts.get('endpoint') ?? '')?.[1];
  const namespace = settings.namespace ?? host;
  const hub = settings.hub ?? parts.get('entitypath');
  if (namespace === undefined || hub === undefined || hub === '') return undefined;
  return { namespace: namespace.toLowerCase(), hub };
}

/** Name of a partition's stream: the consumer group is no part of it, since what the hub keeps does not depend on it. */
export const streamOf = ({ namespace, hub }: HubPlace, generation: number, partition: string): string =>
  `eventhubs/${namespace}/${hub}${generation === 1 ? '' : `@${generation}`}/${partition}`;
