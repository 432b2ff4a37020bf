import type { Random } from '../../lib/random.ts';
import { curves, moments } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import { storage } from './estate.ts';
import type { Named } from './estate.ts';
import { azCopy, blobCall } from './storage.ts';
import type { BlobAuthentication, BlobCall } from './storage.ts';
import { workloads } from './tenant.ts';
import type { Workload } from './tenant.ts';
import { hexText } from './text.ts';

interface Pattern {
  readonly weight: number;
  readonly account: Named;
  readonly operation: string;
  readonly folder: string;
  readonly authentication: BlobAuthentication;
  readonly ip: string;
  readonly userAgent: string;
}

const sdk = 'azsdk-net-Storage.Blobs/12.23.0 (.NET 8.0.13; Ubuntu 24.04)';

const asItself = (
  weight: number,
  requester: Workload,
  account: Named,
  operation: string,
  folder: string,
): Pattern => ({
  weight,
  account,
  operation,
  folder,
  authentication: { type: 'OAuth', requester },
  ip: requester.ip,
  userAgent: sdk,
});

const { clinicalApi, indexer, claimsWorker, claimsBatch, notebooks } = workloads;

/** Who touches which container in the ordinary way. Training data is read by its own identity, never by a link. */
const patterns: readonly Pattern[] = [
  asItself(34, clinicalApi, storage.clinical, 'GetBlob', '/notes'),
  asItself(12, indexer, storage.clinical, 'ListBlobs', '/notes'),
  asItself(10, clinicalApi, storage.clinical, 'PutBlob', '/summaries'),
  asItself(13, claimsWorker, storage.claims, 'GetBlob', '/inbox'),
  asItself(4, claimsBatch, storage.claims, 'DeleteBlob', '/inbox'),
  asItself(6, notebooks, storage.training, 'GetBlobProperties', '/trainingdata'),
  asItself(2, notebooks, storage.training, 'GetBlob', '/trainingdata'),
  {
    weight: 7,
    account: storage.claims,
    operation: 'PutBlob',
    folder: '/inbox',
    authentication: { type: 'SAS', permissions: 'cw' },
    ip: '192.0.2.77',
    userAgent: 'PartnerUpload/3.2',
  },
  {
    weight: 5,
    account: storage.claims,
    operation: 'GetBlob',
    folder: '/receipts',
    authentication: { type: 'SAS', permissions: 'r' },
    ip: '192.0.2.130',
    userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
  },
  {
    weight: 6,
    account: storage.logs,
    operation: 'AppendFile',
    folder: '/insights-logs',
    authentication: { type: 'AccountKey' },
    ip: '10.20.30.6',
    userAgent: 'Azure-Insights/1.0',
  },
  {
    weight: 1,
    account: storage.logs,
    operation: 'ListContainers',
    folder: '',
    authentication: { type: 'Anonymous' },
    ip: '198.51.100.201',
    userAgent: 'curl/8.5.0',
  },
];

/** Each pattern as often as its weight: a pick is then one look-up. */
const weighted = patterns.flatMap((pattern) => Array.from({ length: pattern.weight }, () => pattern));

function statusOf({ authentication, operation }: Pattern, random: Random): number {
  if (authentication.type === 'Anonymous') return 403;
  const dice = random.next();
  if (dice < 0.006) return 404;
  if (dice < 0.009) return 503;
  if (operation.startsWith('Put')) return 201;
  return operation.startsWith('Delete') ? 202 : 200;
}

function usual(time: number, random: Random): BlobCall {
  const pattern = random.pick(weighted);
  const { account, operation, folder, authentication, ip, userAgent } = pattern;
  return {
    time,
    account,
    operation,
    path: folder === '' ? '/' : `${folder}/${hexText(random, 8)}.json`,
    authentication,
    ip,
    userAgent,
    statusCode: statusOf(pattern, random),
    bytes: random.int(900, 420_000),
  };
}

/** The backup copies with the same tool as the thief, but as itself and from inside. */
const nightlyCopy = (time: number, random: Random): BlobCall => ({
  time,
  account: storage.training,
  operation: 'GetBlob',
  path: `/trainingdata/shard-${String(random.int(0, 511)).padStart(4, '0')}.parquet`,
  authentication: { type: 'OAuth', requester: workloads.backup },
  ip: workloads.backup.ip,
  userAgent: azCopy,
  statusCode: 200,
  bytes: random.int(60_000_000, 130_000_000),
});

/** Documents read, written and cleaned away, partner uploads under a SAS, and the nightly copy of the training data. */
export function storageTraffic(hour: Hour): void {
  const { random } = hour;
  for (const time of moments(hour, 11_500, curves.application)) {
    hour.emit('platform', time, blobCall(usual(time, random), random));
  }
  for (const time of moments(hour, 620, curves.night)) {
    hour.emit('platform', time, blobCall(nightlyCopy(time, random), random));
  }
}
