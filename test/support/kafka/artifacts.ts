import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../../src/lib/hash.ts';

const pom = join(import.meta.dirname, 'broker-artifacts.pom.xml');
/** Java that a broker of Apache Kafka 4 needs at least. */
const OLDEST_JAVA = 17;
const DOWNLOAD_LIMIT_MS = 8 * 60_000;

/** What a broker can be started with, or why it cannot. */
export type BrokerArtifacts =
  | { readonly kind: 'ready'; readonly classPath: string }
  | { readonly kind: 'missing'; readonly reason: string };

let found: BrokerArtifacts | undefined;

/** Apache Kafka's own jars, fetched once into the user's cache folder. Needs Java 17, and Maven the first time. */
export function brokerArtifacts(): BrokerArtifacts {
  found ??= find();
  if (found.kind === 'missing' && process.env['CI'] === 'true')
    throw new Error(`the tests need a real Kafka broker: ${found.reason}`);
  return found;
}

function find(): BrokerArtifacts {
  const java = javaVersion();
  if (java === undefined || java < OLDEST_JAVA)
    return { kind: 'missing', reason: `Java ${OLDEST_JAVA} or newer is not installed` };
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'plumbline', `kafka-${sha256Hex(readFileSync(pom)).slice(0, 12)}`);
  if (!existsSync(folder)) {
    const reason = download(folder);
    if (reason !== undefined) return { kind: 'missing', reason };
  }
  return { kind: 'ready', classPath: join(folder, '*') };
}

function javaVersion(): number | undefined {
  try {
    const said = execFileSync('java', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return Number(/\s(\d+)[.\s]/.exec(said)?.[1]);
  } catch {
    return undefined;
  }
}

/** Renamed to its place when complete, so that a second test file never sees half of it. */
function download(folder: string): string | undefined {
  const parent = join(folder, '..');
  mkdirSync(parent, { recursive: true });
  const staging = mkdtempSync(join(parent, 'staging-'));
  try {
    execFileSync(
      'mvn',
      ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${staging}`],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: DOWNLOAD_LIMIT_MS },
    );
    if (readdirSync(staging).length === 0) return 'Maven copied no jar';
    if (!existsSync(folder)) renameSync(staging, folder);
    return undefined;
  } catch (thrown) {
    // Another process may have been quicker.
    return existsSync(folder) ? undefined : `Maven could not fetch it: ${String(thrown).slice(0, 300)}`;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
