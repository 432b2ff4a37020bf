import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeContext } from '../collect/collector.ts';
import { probeOf } from '../collect/registry.ts';
import type { CollectorSettings } from '../collect/registry.ts';
import { placeOf } from '../collect/event-hubs/settings.ts';
import type { Config } from '../config.ts';
import { SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import { brokenBy, ok } from './doctor-check.ts';
import type { Check } from './doctor-check.ts';

const PATIENCE_MS = 5 * SECOND_MS;
const PROBE_MS = 30 * SECOND_MS;
const AMQP_PORT = 5671;
const HTTPS_PORT = 443;
const KAFKA_PORT = 9093;

/** Opens a connection and closes it again: nothing is read, so that no member of a consumer group is disturbed. */
const reaches = (host: string, port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(PATIENCE_MS, () => end(`no answer within ${PATIENCE_MS / SECOND_MS} s`));
    socket.once('connect', () => end(undefined));
    socket.once('error', (thrown) => end(describeError(thrown)));
  });

/** `host:port`, `host`, or `sb://host:port/`. */
function addressOf(text: string, port: number): { readonly host: string; readonly port: number } {
  const { hostname, port: given } = new URL(text.includes('://') ? text : `tcp://${text}`);
  return { host: hostname.replaceAll(/[[\]]/g, ''), port: given === '' ? port : Number(given) };
}

/** What of a source can be reached over the network, and how to mend that it cannot. */
function addressesOf(settings: CollectorSettings): ReturnType<typeof addressOf>[] | undefined {
  switch (settings.type) {
    case 'event_hubs': {
      const place = placeOf(settings);
      const port = settings.transport === 'web_sockets' ? HTTPS_PORT : AMQP_PORT;
      const endpoint = settings.endpoint ?? endpointIn(settings.connectionString) ?? place?.namespace;
      return endpoint === undefined ? undefined : [addressOf(endpoint, port)];
    }
    case 'kafka':
      return (settings.brokers ?? [endpointIn(settings.connectionString) ?? '']).map((broker) =>
        addressOf(broker.replace(/^sb:\/\//, '').replace(/\/$/, ''), KAFKA_PORT),
      );
    case 'storage_blobs': {
      const endpoint = settings.account ?? blobEndpointIn(settings.connectionString);
      return endpoint === undefined ? undefined : [addressOf(endpoint, HTTPS_PORT)];
    }
    default:
      return undefined;
  }
}

/** The blob endpoint that a connection string of a storage account names or implies. */
function blobEndpointIn(connectionString: string | undefined): string | undefined {
  const part = (name: string): string | undefined =>
    new RegExp(`(?:^|;)\\s*${name}=([^;]+)`, 'i').exec(connectionString ?? '')?.[1];
  const account = part('AccountName');
  const suffix = part('EndpointSuffix') ?? 'core.windows.net';
  return part('BlobEndpoint') ?? (account === undefined ? undefined : `https://${account}.blob.${suffix}`);
}

const endpointIn = (connectionString: string | undefined): string | undefined =>
  /(?:^|;)\s*Endpoint=([^;]+)/i.exec(connectionString ?? '')?.[1];

async function checkSource(name: string, settings: CollectorSettings, clock: Clock): Promise<Check> {
  const check = `source ${name}`;
  if (settings.type === 'files') {
    for (const path of settings.paths) {
      try {
        if (path !== '-') accessSync(path, constants.R_OK);
      } catch (thrown) {
        return {
          name: check,
          state: 'broken',
          found: describeError(thrown),
          fix: 'mend the path under `sources`, or let this account read it',
        };
      }
    }
    return ok(check, `${settings.paths.length} paths can be read`);
  }
  const addresses = addressesOf(settings) ?? [];
  const problems: string[] = [];
  for (const { host, port } of addresses) {
    const problem = await reaches(host, port);
    if (problem !== undefined) problems.push(`${host}:${port}: ${problem}`);
  }
  const fix = 'look at the name, the firewall, the private endpoint and its DNS zone';
  if (problems.length > 0 && problems.length === addresses.length)
    return { name: check, state: 'broken', found: problems.join('; '), fix };
  const tried = await tryOut(check, settings, { source: name, clock });
  // Of several brokers one is enough to start with.
  return tried.state === 'ok' && problems.length > 0
    ? { name: check, state: 'warning', found: problems.join('; '), fix }
    : tried;
}

/** Signs in and asks, as the source itself would, without taking anything. */
async function tryOut(
  name: string,
  settings: CollectorSettings,
  context: Pick<ProbeContext, 'source' | 'clock'>,
): Promise<Check> {
  const probe = probeOf(settings);
  if (probe === undefined) return ok(name, `${settings.type} needs nothing`);
  const ending = new AbortController();
  const late = sleep(PROBE_MS, undefined, { signal: ending.signal }).then(() => {
    throw new Error(`no answer within ${PROBE_MS / SECOND_MS} s; look at the firewall and the proxy`);
  });
  try {
    return ok(name, await Promise.race([probe({ ...context, signal: ending.signal }), late]));
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    return brokenBy(name, problem, 'look at its settings under `sources`');
  } finally {
    ending.abort();
    late.catch(() => undefined);
  }
}

/** One check a configured source. */
export const checkSources = (config: Config, clock: Clock): Promise<readonly Check[]> =>
  Promise.all(Object.entries(config.sources).map(([name, settings]) => checkSource(name, settings, clock)));
