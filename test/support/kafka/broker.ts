import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const saslUser = { username: 'reader', password: 'reader-secret' } as const;
const STORE_PASSWORD = 'for-tests-only';
const START_LIMIT_MS = 5 * 60_000;

/** One node of Apache Kafka 4 in KRaft mode, on this machine's loopback. */
export interface Broker extends AsyncDisposable {
  /** `127.0.0.1:port`, one a way to connect. */
  readonly plain: string;
  readonly tls: string;
  readonly sasl: string;
  readonly saslTls: string;
  /** PEM of the certificate that the TLS listeners show. */
  readonly ca: string;
  readonly folder: string;
  /** Stops the node (at once with SIGKILL) and starts it again on the same ports with the same data. */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** A key and a self-signed certificate, by the tool that comes with Java. */
function makeCertificate(folder: string): { readonly store: string; readonly ca: string } {
  const store = join(folder, 'broker.p12');
  const keytool = (...args: string[]): string =>
    execFileSync('keytool', ['-keystore', store, '-storepass', STORE_PASSWORD, '-alias', 'broker', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  keytool(
    ...'-genkeypair -keyalg EC -groupname secp256r1 -storetype PKCS12'.split(' '),
    ...'-dname CN=localhost -ext SAN=dns:localhost,ip:127.0.0.1 -validity 3650'.split(' '),
  );
  return { store, ca: keytool('-exportcert', '-rfc') };
}

const PLAIN_LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const SCRAM_LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule';
const OAUTH_LOGIN = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule';
const OAUTH_VALIDATOR =
  'org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler';

function properties(folder: string, ports: readonly number[], store: string): string {
  const names = ['PLAIN', 'TLS', 'SASL', 'SASLTLS', 'CONTROLLER'];
  const listeners = names.map((name, index) => `${name}://127.0.0.1:${ports[index] ?? 0}`);
  const logins = (listener: string): string[] => {
    const at = `listener.name.${listener}`;
    return [
      `${at}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER`,
      `${at}.plain.sasl.jaas.config=${PLAIN_LOGIN} required user_${saslUser.username}="${saslUser.password}" "user_$ConnectionString"="${eventHubsPassword}";`,
      `${at}.scram-sha-256.sasl.jaas.config=${SCRAM_LOGIN} required;`,
      `${at}.scram-sha-512.sasl.jaas.config=${SCRAM_LOGIN} required;`,
      `${at}.oauthbearer.sasl.jaas.config=${OAUTH_LOGIN} required;`,
      `${at}.oauthbearer.sasl.server.callback.handler.class=${OAUTH_VALIDATOR}`,
    ];
  };
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${ports[4] ?? 0}`,
    `listeners=${listeners.join(',')}`,
    `advertised.listeners=${listeners.slice(0, 4).join(',')}`,
    'listener.security.protocol.map=PLAIN:PLAINTEXT,TLS:SSL,SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAIN',
    ...logins('sasl'),
    ...logins('sasltls'),
    `ssl.keystore.location=${store}`,
    `ssl.keystore.password=${STORE_PASSWORD}`,
    'ssl.keystore.type=PKCS12',
    `log.dirs=${join(folder, 'data')}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=1',
    'share.coordinator.state.topic.replication.factor=1',
    'auto.create.topics.enable=false',
    'broker.session.timeout.ms=2000',
    'broker.heartbeat.interval.ms=300',
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    'log.retention.ms=-1',
    'log.retention.check.interval.ms=300',
    'log.initial.task.delay.ms=300',
    'log.cleaner.backoff.ms=300',
    'log.segment.delete.delay.ms=100',
    'message.max.bytes=10000000',
    '',
  ].join('\n');
}

/** What an Event Hubs connection string looks like; PLAIN's user `$ConnectionString` has it as password. */
export const eventHubsPassword =
  'Endpoint=sb://example.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey=bm90LWEta2V5';

/** Starts a broker; `classPath` comes from `brokerArtifacts()`. */
export async function startBroker(classPath: string): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-kafka-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  // What `kafka-storage format` would leave, without starting a second Java for it.
  writeFileSync(join(data, 'meta.properties'), 'version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\nnode.id=1\n');
  const { store, ca } = makeCertificate(folder);
  const ports = await freePorts(5);
  const settings = join(folder, 'server.properties');
  writeFileSync(settings, properties(folder, ports, store));
  const output = join(folder, 'output.txt');
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const flags = ['-Xmx640m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
    const log = '-Dorg.slf4j.simpleLogger.defaultLogLevel=info';
    child = spawn('java', [...flags, log, '-cp', classPath, 'kafka.Kafka', settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '' },
    });
    const started = child;
    let said = '';
    let isUp = false;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no broker after ${START_LIMIT_MS} ms`)),
        START_LIMIT_MS,
      );
      const listen = (chunk: Buffer): void => {
        if (isUp) return;
        said += chunk.toString();
        if (!said.includes('Kafka Server started')) return;
        isUp = true;
        clearTimeout(timer);
        resolve();
      };
      started.stdout?.on('data', listen);
      started.stderr?.on('data', listen);
      started.once('close', (code) => {
        clearTimeout(timer);
        writeFileSync(output, said);
        reject(new Error(`the broker ended with ${String(code)}:\n${said.slice(-4000)}`));
      });
    });
  }

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const closed = once(running, 'close');
    running.kill(signal);
    const timer = setTimeout(() => running.kill('SIGKILL'), 20_000);
    await closed;
    clearTimeout(timer);
  }

  await start();
  const at = (index: number): string => `127.0.0.1:${ports[index] ?? 0}`;
  return {
    plain: at(0),
    tls: at(1),
    sasl: at(2),
    saslTls: at(3),
    ca,
    folder,
    start,
    stop,
    async restart(signal) {
      await stop(signal);
      await start();
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
