import { createHash } from 'node:crypto';
import { StorageBlobsSettings } from '../../../src/collect/storage-blobs/settings.ts';
import type { Harness } from '../../collect/harness.ts';
import { T0 } from '../samples.ts';
import { startAzureServer } from './server.ts';
import type { AzureAnswer, AzureRequest } from './server.ts';

interface StoredBlob {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Containers of a storage account; tests write them, and look at what was asked. */
export interface BlobAccount {
  /** Puts bytes in place of whatever was there, as a block blob does when a block is added. */
  put(container: string, name: string, text: string): void;
  append(container: string, name: string, text: string): void;
  remove(container: string, name: string): void;
  /** What the account answers over REST. */
  readonly answer: (request: AzureRequest) => AzureAnswer;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const tag = (name: string, inner: string): string => `<${name}>${inner}</${name}>`;
const xml = (body: string, status = 200): AzureAnswer => ({
  kind: 'bytes',
  status,
  body: Buffer.from(`<?xml version="1.0" encoding="utf-8"?>${body}`),
  headers: { 'content-type': 'application/xml' },
});

/** An error as the Blob service words it. */
export const blobRefused = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
): AzureAnswer => ({
  kind: 'bytes',
  status,
  body: Buffer.from(`<?xml version="1.0"?>${tag('Error', tag('Code', code) + tag('Message', code))}`),
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': code, ...headers },
});

const MODIFIED = 'Mon, 02 Mar 2026 09:00:00 GMT';

/** @param pageSize names a page of a listing. @param isFlat true: refuses delimiters other than a slash. */
export function createBlobAccount(pageSize = 5000, isFlat = false): BlobAccount {
  const containers = new Map<string, Map<string, StoredBlob>>();
  let writes = 0;
  const inside = (container: string): Map<string, StoredBlob> => {
    const found = containers.get(container) ?? new Map<string, StoredBlob>();
    containers.set(container, found);
    return found;
  };
  const write = (container: string, name: string, bytes: Buffer): void => {
    inside(container).set(name, { bytes, etag: `0x${(++writes).toString(16)}` });
  };

  function listContainers(query: URLSearchParams): AzureAnswer {
    const names = [...containers.keys()].filter((name) => name.startsWith(query.get('prefix') ?? ''));
    const items = names.map((name) =>
      tag(
        'Container',
        tag('Name', name) + tag('Properties', tag('Last-Modified', MODIFIED) + tag('Etag', '"0x1"')),
      ),
    );
    return xml(tag('EnumerationResults', tag('Containers', items.join('')) + tag('NextMarker', '')));
  }

  function listBlobs(blobs: ReadonlyMap<string, StoredBlob>, query: URLSearchParams): AzureAnswer {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter');
    if (isFlat && delimiter !== null && delimiter !== '/')
      return blobRefused(400, 'InvalidQueryParameterValue');
    const entries = new Map<string, string>();
    for (const [name, { bytes, etag }] of [...blobs].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (!name.startsWith(prefix)) continue;
      const cut = delimiter === null ? -1 : name.indexOf(delimiter, prefix.length);
      if (delimiter !== null && cut >= 0) {
        const folder = name.slice(0, cut + delimiter.length);
        entries.set(folder, tag('BlobPrefix', tag('Name', escape(folder))));
        continue;
      }
      const properties = [
        tag('Creation-Time', MODIFIED),
        tag('Last-Modified', MODIFIED),
        tag('Etag', etag),
        tag('Content-Length', String(bytes.length)),
        tag('BlobType', 'AppendBlob'),
      ];
      entries.set(name, tag('Blob', tag('Name', escape(name)) + tag('Properties', properties.join(''))));
    }
    const from = query.get('marker') ?? '';
    const rest = [...entries].filter(([name]) => name >= from);
    const next = rest[pageSize]?.[0] ?? '';
    const items = rest.slice(0, pageSize).map(([, item]) => item);
    return xml(tag('EnumerationResults', tag('Blobs', items.join('')) + tag('NextMarker', escape(next))));
  }

  function download({ bytes, etag }: StoredBlob, range: string | undefined): AzureAnswer {
    const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
    const from = Number(first);
    if (range !== undefined && from >= bytes.length) return blobRefused(416, 'InvalidRange');
    const body = bytes.subarray(from, last === '' ? undefined : Number(last) + 1);
    const headers = {
      'content-type': 'application/octet-stream',
      etag: `"${etag}"`,
      'last-modified': MODIFIED,
      'content-range': `bytes ${from}-${from + body.length - 1}/${bytes.length}`,
      'content-md5': createHash('md5').update(body).digest('base64'),
    };
    return { kind: 'bytes', status: range === undefined ? 200 : 206, body, headers };
  }

  return {
    put: (container, name, text) => write(container, name, Buffer.from(text)),
    append: (container, name, text) =>
      write(
        container,
        name,
        Buffer.concat([inside(container).get(name)?.bytes ?? Buffer.of(), Buffer.from(text)]),
      ),
    remove: (container, name) => void inside(container).delete(name),
    answer({ url, headers }) {
      const query = url.searchParams;
      const [, container = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
      if (container === '') return listContainers(query);
      const blobs = containers.get(container);
      if (blobs === undefined) return blobRefused(404, 'ContainerNotFound');
      if (query.get('comp') === 'list') return listBlobs(blobs, query);
      const blob = blobs.get(rest.join('/'));
      const range = headers['x-ms-range'] ?? headers.range;
      return blob === undefined
        ? blobRefused(404, 'BlobNotFound')
        : download(blob, String(range ?? '') || undefined);
    },
  };
}

const RESOURCE =
  'resourceId=/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG-AI/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/';

/** Name of the blob of an hour, with what Azure Monitor puts before the date. */
export function blobName(account: string, hour: number, rest = 'PT1H.json'): string {
  const [date = '', time = ''] = new Date(hour).toISOString().split('T');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${RESOURCE}${account}/y=${year}/m=${month}/d=${day}/h=${time.slice(0, 2)}/m=00/${rest}`;
}

export const REQUESTS = 'insights-logs-requestresponse';

/** A request to a model, as it stands in a blob: a line. */
export const requestLine = (n: number, at: number): string =>
  `${JSON.stringify({
    time: new Date(at).toISOString(),
    resourceId: `${RESOURCE.slice('resourceId='.length)}AOAI-CLINICAL`,
    category: 'RequestResponse',
    operationName: 'ChatCompletions_Create',
    resultSignature: '200',
    callerIpAddress: '192.0.2.***',
    correlationId: `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`,
    properties: { objectId: '', n },
  })}\n`;

/** Two resources and several hours of them, read with a key. */
export async function storageBlobsHarness(): Promise<Harness> {
  const account = createBlobAccount(7);
  for (const resource of ['A', 'B'])
    for (let hour = 0; hour < 30; hour++) {
      const start = T0 - (29 - hour) * 3_600_000;
      for (let n = 0; n < 3; n++)
        account.append(REQUESTS, blobName(resource, start), requestLine(n, start + n));
    }
  const server = await startAzureServer(account.answer, (authorization) =>
    authorization.startsWith('SharedKey '),
  );
  return {
    settings: StorageBlobsSettings.parse({
      type: 'storage_blobs',
      connectionString: `DefaultEndpointsProtocol=https;AccountName=example;AccountKey=${Buffer.from('key').toString('base64')};BlobEndpoint=${server.endpoint};`,
    }),
    // Of each resource the hour that runs, and the 24 before it.
    holds: 50,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
