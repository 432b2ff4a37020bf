import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { PipelineError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { createAzureCredential } from '../azure-credential.ts';
import type { Sasl } from './client.ts';
import type { KafkaSettings, SaslSettings } from './settings.ts';

const EVENT_HUBS_PORT = 9093;
/** User name that Event Hubs expects beside a connection string as password. */
const CONNECTION_STRING_USER = '$ConnectionString';

/** How the brokers are reached, and as whom. */
export interface Access {
  readonly brokers: readonly string[];
  readonly tls: TlsOptions | undefined;
  readonly sasl: Sasl | undefined;
}

/** Host of an Event Hubs connection string; undefined when it names none. */
const namespaceOf = (connectionString: string): string | undefined =>
  /(?:^|;)\s*endpoint\s*=\s*sb:\/\/([^/;:\s]+)/i.exec(connectionString)?.[1];

/**
 * Name of the cluster in evidence: part of every stream's name, so it must outlive a move of the brokers.
 *
 * @throws PipelineError CONFIG_INVALID when the connection string names no namespace.
 */
export function clusterOf(settings: KafkaSettings, source: string): string {
  return settings.cluster ?? hostOf(brokersOf(settings, source)[0] ?? '');
}

/**
 * True for the Kafka endpoint of Event Hubs, whose offsets are the sequence numbers of the partition. Those of Kafka itself
 * have holes where transactions were marked and where compaction has been.
 */
export const isEventHubs = (settings: KafkaSettings, source: string): boolean =>
  settings.connectionString !== undefined ||
  brokersOf(settings, source).every((broker) => /\.servicebus\.[\w.]+:\d+$/i.test(broker));

const hostOf = (broker: string): string => {
  const host = broker.slice(0, broker.lastIndexOf(':')).toLowerCase();
  return /^[\d.]+$/.test(host) ? host : (host.split('.')[0] ?? host);
};

function brokersOf(settings: KafkaSettings, source: string): readonly string[] {
  if (settings.connectionString === undefined) return settings.brokers ?? [];
  const namespace = namespaceOf(settings.connectionString);
  if (namespace === undefined)
    throw new PipelineError(
      'CONFIG_INVALID',
      `kafka ${source}`,
      'connectionString has no Endpoint=sb://…; copy it from the namespace, "Shared access policies"',
    );
  return [`${namespace}:${EVENT_HUBS_PORT}`];
}

/** Reads how to connect out of the settings. A connection string means TLS, PLAIN and port 9093. */
export function accessOf(settings: KafkaSettings, source: string, clock: Clock): Access {
  const brokers = brokersOf(settings, source);
  const { connectionString, tls, sasl } = settings;
  if (connectionString !== undefined)
    return {
      brokers,
      tls: tlsOf(tls === false ? true : tls),
      sasl: { mechanism: 'plain', username: CONNECTION_STRING_USER, password: connectionString },
    };
  return { brokers, tls: tlsOf(tls), sasl: sasl && saslOf(sasl, brokers, source, clock) };
}

function tlsOf(tls: KafkaSettings['tls']): TlsOptions | undefined {
  if (tls === false) return undefined;
  if (tls === true) return {};
  const { ca, cert, key, serverName } = tls;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function saslOf(sasl: SaslSettings, brokers: readonly string[], source: string, clock: Clock): Sasl {
  if (sasl.mechanism !== 'oauthbearer') return sasl;
  const { token, credential } = sasl;
  if (token !== undefined) return { mechanism: 'oauthbearer', token: () => Promise.resolve(token) };
  if (credential === undefined)
    throw new PipelineError(
      'CONFIG_INVALID',
      `kafka ${source}`,
      'sasl oauthbearer needs credential, for example {type: managed_identity}, or token',
    );
  const scope = `https://${brokers[0]?.split(':')[0] ?? ''}/.default`;
  let signIn: ReturnType<typeof createAzureCredential> | undefined;
  return {
    mechanism: 'oauthbearer',
    token: async () => {
      signIn ??= createAzureCredential(credential, clock);
      const granted = await (await signIn).getToken(scope);
      if (granted === null)
        throw new PipelineError('SOURCE_UNAVAILABLE', `kafka ${source}`, 'the credential gave no token');
      return granted.token;
    },
  };
}
