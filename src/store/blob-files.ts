import type { BlockBlobClient } from '@azure/storage-blob';
import { SpuriousConflict, statusOf } from './blob-client.ts';
import type { Container } from './blob-client.ts';
import type { Files } from './files.ts';
import { inParallel } from './parallel.ts';

const isAbsent = (thrown: unknown): boolean => statusOf(thrown) === 404;
const isConflict = (thrown: unknown): boolean => [409, 412].includes(statusOf(thrown) ?? 0);

async function bytesOf(body: NodeJS.ReadableStream | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function exists(blob: BlockBlobClient, abortSignal: AbortSignal): Promise<boolean> {
  try {
    await blob.getProperties({ abortSignal });
    return true;
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}

/**
 * A lake's files in a blob container. A blob appears whole or not at all, and is durable when the service answers; one is
 * created with the condition that none is there (`If-None-Match: *`). An answer that was lost is asked for again, so
 * `create` may say false of a blob that this very call has made: what it holds tells.
 */
export function blobFiles({ client, prefix, url, call }: Container): Files {
  const blobAt = (path: string): BlockBlobClient => client.getBlockBlobClient(`${prefix}${path}`);

  const readRange = (path: string, from: number, length?: number): Promise<Buffer | undefined> =>
    call(async (abortSignal) => {
      try {
        const { readableStreamBody, contentLength } = await blobAt(path).download(from, length, {
          abortSignal,
        });
        const bytes = await bytesOf(readableStreamBody);
        if (contentLength === undefined || bytes.length === contentLength) return bytes;
        throw new Error(`${bytes.length} of ${contentLength} bytes came`);
      } catch (thrown) {
        if (isAbsent(thrown)) return undefined;
        // Nothing of the blob lies in the range.
        if (statusOf(thrown) === 416) return Buffer.alloc(0);
        throw thrown;
      }
    });

  const walk = (folder: string): Promise<string[]> =>
    call(async (abortSignal) => {
      const paths: string[] = [];
      const under = folder === '' ? prefix : `${prefix}${folder}/`;
      for await (const { name } of client.listBlobsFlat({ prefix: under, abortSignal }))
        paths.push(name.slice(prefix.length));
      return paths.toSorted();
    });

  const removeOne = (path: string): Promise<unknown> =>
    call((abortSignal) => blobAt(path).deleteIfExists({ abortSignal }));

  return {
    place: url,
    read: (path) => readRange(path, 0),
    readRange,
    create: (path, bytes) =>
      call(async (abortSignal) => {
        const blob = blobAt(path);
        try {
          await blob.upload(bytes, bytes.length, { abortSignal, conditions: { ifNoneMatch: '*' } });
          return true;
        } catch (thrown) {
          if (!isConflict(thrown)) throw thrown;
          if (await exists(blob, abortSignal)) return false;
          throw new SpuriousConflict(`${path} is said to be there, and is not`, { cause: thrown });
        }
      }),
    replace: async (path, bytes) =>
      call(async (abortSignal) => {
        try {
          await blobAt(path).upload(bytes, bytes.length, { abortSignal });
        } catch (thrown) {
          if (!isConflict(thrown)) throw thrown;
          throw new SpuriousConflict(`${path} was not replaced, though nothing was asked of it`, {
            cause: thrown,
          });
        }
      }),
    list: (folder) =>
      call(async (abortSignal) => {
        const under = folder === '' ? prefix : `${prefix}${folder}/`;
        const names: string[] = [];
        for await (const { name } of client.listBlobsByHierarchy('/', { prefix: under, abortSignal }))
          names.push(name.slice(under.length).replace(/\/$/, ''));
        return names.toSorted();
      }),
    walk,
    async remove(path) {
      await removeOne(path);
    },
    removeFolder: async (path) =>
      inParallel(await walk(path), async (below) => void (await removeOne(below))),
    tidy: () => Promise.resolve(),
  };
}
