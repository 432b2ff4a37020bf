import { z } from 'zod';
import { AzureCredentialSettings } from '../azure-credential.ts';

const SaslSettings = z.discriminatedUnion('mechanism', [
  z.strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string().min(1),
    password: z.string().min(1).describe('As `${NAME}` or `${file:path}`.'),
  }),
  z.strictObject({
    mechanism: z.literal('oauthbearer'),
    credential: AzureCredentialSettings.optional().describe('Who signs in to an Event Hubs namespace;'),
    token: z.string().min(1).optional().describe('… or a token of another issuer, as `${file:path}`.'),
  }),
]);
export type SaslSettings = z.infer<typeof SaslSettings>;

const TlsSettings = z.strictObject({
  ca: z
    .string()
    .min(1)
    .optional()
    .describe('PEM of the authority that signed the brokers, as `${file:path}`.'),
  cert: z.string().min(1).optional().describe('PEM of a client certificate,'),
  key: z.string().min(1).optional().describe('… and of its private key.'),
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe('Name to expect in the certificate, where it is not the host.'),
});

export const KafkaSettings = z
  .strictObject({
    type: z.literal('kafka'),
    brokers: z
      .array(z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'host:port'))
      .min(1)
      .optional()
      .describe(
        'Some brokers of the cluster, as host:port. For Event Hubs: NAMESPACE.servicebus.windows.net:9093.',
      ),
    connectionString: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Instead of brokers, tls and sasl: connection string of an Event Hubs namespace, as `${NAME}`.',
      ),
    topics: z
      .array(z.string().min(1))
      .min(1)
      .describe('Topics (for Event Hubs: hubs) to read, all partitions.'),
    group: z
      .string()
      .min(1)
      .default('plumbline')
      .describe('Consumer group; processes of one lake share it, and share the partitions.'),
    cluster: z
      .string()
      .regex(/^[\w.-]+$/, 'letters, digits, dots, dashes')
      .optional()
      .describe(
        'Name of the cluster within evidence; never change it. (Default: first broker without its domain)',
      ),
    instanceId: z
      .string()
      .min(1)
      .optional()
      .describe('Makes a static member: one that restarts within the session timeout keeps its partitions.'),
    tls: z.union([z.boolean(), TlsSettings]).default(false),
    sasl: SaslSettings.optional(),
    rebalance: z
      .enum(['cooperative', 'eager'])
      .default('cooperative')
      .describe('`eager` where other members of the group know nothing else.'),
    sessionTimeoutMs: z.int().min(1000).max(300_000).default(30_000),
    handOverMs: z
      .int()
      .min(0)
      .max(300_000)
      .default(10_000)
      .describe(
        'A partition that is given up waits this long for a seal of what was read, so that nobody reads it twice.',
      ),
    fetchMib: z.number().min(0.0625).max(256).default(8).describe('At most this much in one fetch, in MiB.'),
    bufferMib: z
      .number()
      .min(0.0625)
      .max(4096)
      .default(32)
      .describe('Fetching pauses while this much waits to be taken in, in MiB.'),
    damaged: z
      .enum(['hold', 'skip'])
      .default('hold')
      .describe('A batch whose checksum stays wrong: wait for mending, or go on behind it and name the gap.'),
    client: z
      .enum(['platformatic', 'kafkajs'])
      .default('platformatic')
      .describe('Which client library talks to the brokers.'),
  })
  .refine((s) => (s.brokers === undefined) !== (s.connectionString === undefined), {
    error: 'give either brokers, or the connectionString of an Event Hubs namespace',
    path: ['brokers'],
  })
  .refine((s) => s.connectionString === undefined || s.sasl === undefined, {
    error: 'a connectionString says who signs in; leave sasl out',
    path: ['sasl'],
  })
  .refine((s) => s.client !== 'kafkajs' || s.instanceId === undefined, {
    error: 'kafkajs knows no static members; leave instanceId out, or client',
    path: ['instanceId'],
  });
export type KafkaSettings = z.infer<typeof KafkaSettings>;
