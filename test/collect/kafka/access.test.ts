import { expect, test } from 'vitest';
import { accessOf, clusterOf, isEventHubs } from '../../../src/collect/kafka/access.ts';
import { KafkaSettings } from '../../../src/collect/kafka/settings.ts';
import { connectionOptions } from '../../../src/collect/kafka/platformatic/connection-options.ts';

const settings = (given: object): KafkaSettings =>
  KafkaSettings.parse({ type: 'kafka', topics: ['t'], ...given });
const access = (given: object) => accessOf(settings(given), 'hub', () => 0);
const connectionString =
  'Endpoint=sb://example.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=bm90LWEta2V5';

test('a connection string means the Kafka endpoint of its namespace, TLS, and the whole of it as password', () => {
  expect(access({ connectionString })).toEqual({
    brokers: ['example.servicebus.windows.net:9093'],
    tls: {},
    sasl: { mechanism: 'plain', username: '$ConnectionString', password: connectionString },
  });
  expect(clusterOf(settings({ connectionString }), 'hub')).toBe('example');
});

test('a connection string without a namespace is refused, and not shown', () => {
  expect(() => access({ connectionString: 'SharedAccessKey=abc' })).toThrow(
    /kafka hub: connectionString has no Endpoint/,
  );
  expect(() => access({ connectionString: 'SharedAccessKey=abc' })).not.toThrow(/abc/);
});

test.each([
  [{ brokers: ['Kafka-1.example.com:9092', 'kafka-2.example.com:9092'] }, 'kafka-1'],
  [{ brokers: ['192.0.2.10:9092'] }, '192.0.2.10'],
  [{ brokers: ['192.0.2.10:9092'], cluster: 'prod' }, 'prod'],
])('%j is the cluster %s in evidence', (given, cluster) => {
  expect(clusterOf(settings(given), 'hub')).toBe(cluster);
});

test('certificates and the name to expect reach TLS', () => {
  const tls = { ca: 'CA', cert: 'CERT', key: 'KEY', serverName: 'broker.example.com' };
  expect(access({ brokers: ['a:1'], tls }).tls).toEqual({
    ca: 'CA',
    cert: 'CERT',
    key: 'KEY',
    servername: 'broker.example.com',
  });
  expect(access({ brokers: ['a:1'] }).tls).toBeUndefined();
});

test('OAUTHBEARER takes the token given, or asks for one to sign in with', async () => {
  const { sasl } = access({ brokers: ['a:1'], sasl: { mechanism: 'oauthbearer', token: 'abc' } });
  expect(sasl?.mechanism === 'oauthbearer' && (await sasl.token())).toBe('abc');
  expect(() => access({ brokers: ['a:1'], sasl: { mechanism: 'oauthbearer' } })).toThrow(/needs credential/);
});

test('a broker named by its address is not asked for by that name within TLS', () => {
  const options = (broker: string) => connectionOptions(access({ brokers: [broker], tls: true }));
  expect(options('192.0.2.1:9093').tlsServerName).toBeUndefined();
  expect(options('kafka.example.com:9093').tlsServerName).toBe(true);
});

test.each([
  ['a connection string', { connectionString }, true],
  ['a namespace', { brokers: ['example.servicebus.windows.net:9093'] }, true],
  ['a namespace of another cloud', { brokers: ['example.servicebus.chinacloudapi.cn:9093'] }, true],
  ['a cluster of Apache Kafka', { brokers: ['kafka-1.example.com:9092', 'kafka-2.example.com:9092'] }, false],
])('%s is known as Event Hubs, or not', (_, given, expected) => {
  expect(isEventHubs(settings(given), 'hub')).toBe(expected);
});
