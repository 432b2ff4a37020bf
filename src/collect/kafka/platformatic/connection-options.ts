import { isIP } from 'node:net';
import type { ConnectionOptions, SASLOptions } from '@platformatic/kafka';
import type { ClientOptions, Sasl } from '../client.ts';

/** Event Hubs asks for more than 20 s; Microsoft recommends 60. */
const REQUEST_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

const mechanisms = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

const saslOptions = (sasl: Sasl): SASLOptions =>
  sasl.mechanism === 'oauthbearer'
    ? { mechanism: 'OAUTHBEARER', token: sasl.token }
    : { mechanism: mechanisms[sasl.mechanism], username: sasl.username, password: sasl.password };

/** Name asked for in the TLS greeting: the host's, which an address is not. */
function serverName(given: string | undefined, brokers: readonly string[]): ConnectionOptions {
  if (given !== undefined) return { tlsServerName: given };
  return brokers.every((broker) => isIP(broker.slice(0, broker.lastIndexOf(':'))) > 0)
    ? {}
    : { tlsServerName: true };
}

/** What every connection of the library is made with. */
export const connectionOptions = ({
  brokers,
  tls,
  sasl,
}: Pick<ClientOptions, 'brokers' | 'tls' | 'sasl'>): ConnectionOptions => ({
  connectTimeout: CONNECT_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  ...(tls === undefined ? {} : { tls, ...serverName(tls.servername, brokers) }),
  ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
});
