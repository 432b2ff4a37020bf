import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { stdin } from 'node:process';
import { addAbortSignal } from 'node:stream';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Capture } from '../domain/capture.ts';
import { describeError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { decompress } from './files/decompress.ts';
import { frame } from './files/framing.ts';
import type { Block } from './files/framing.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const FilesSettings = z.strictObject({
  type: z.literal('files'),
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe('Files or folders of exported logs; `-` reads standard input.'),
  blockKib: z
    .int()
    .min(1)
    .max(16 * KIB)
    .default(64)
    .describe('Records of a long file are captured in blocks of about this size, in KiB.'),
  maxValueMib: z
    .int()
    .min(1)
    .max(1024)
    .default(64)
    .describe('A single JSON value longer than this, in MiB, cannot be read.'),
});
export type FilesSettings = z.infer<typeof FilesSettings>;

interface Input {
  /** How the user can find it again. */
  readonly path: string;
  /** The same on every machine: relative to what the user named. */
  readonly name: string;
  readonly bytes: number | undefined;
  readonly open: () => Readable;
}

/** Files below `path`, sorted by name; names that start with a dot are left out. */
async function listFolder(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const full = join(path, entry.name);
    if (entry.isDirectory()) found.push(...(await listFolder(full)));
    else if (entry.isFile()) found.push(full);
  }
  return found;
}

async function inputsOf(path: string, signal: AbortSignal): Promise<readonly Input[]> {
  if (path === '-')
    return [
      {
        path: 'standard input',
        name: '-',
        bytes: undefined,
        // A pipe may say nothing for hours; who interrupts does not want to wait for its next word.
        open: () => addAbortSignal(signal, stdin),
      },
    ];
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? await listFolder(path) : [path];
  return Promise.all(
    files.map(async (file) => ({
      path: file,
      name: isFolder ? relative(path, file).split(sep).join('/') : basename(file),
      bytes: (await stat(file)).size,
      open: () => createReadStream(file, { highWaterMark: MIB }),
    })),
  );
}

/** Passes chunks on, counting the bytes read. */
async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}

/**
 * Streams of a file are told apart by name and first bytes, so that a file which grew goes on where it
 * stood, and another day's export under the same name is not taken for the old one.
 */
const streamOf = (source: string, name: string, first: Block): string =>
  `${source}/${name}#${sha256Hex(first.body.subarray(0, 256)).slice(0, 12)}`;

function createFiles(settings: FilesSettings, context: CollectorContext): Collector {
  let doneBytes = 0;
  let totalBytes: number | undefined;
  const problems: string[] = [];

  async function* blocksOf(input: Input): AsyncGenerator<Capture> {
    const raw = counted(input.open(), (bytes) => {
      doneBytes += bytes;
    });
    const limits = { targetBytes: settings.blockKib * KIB, maxValueBytes: settings.maxValueMib * MIB };
    let stream: string | undefined;
    let startAt = 0;
    for await (const block of frame(decompress(raw), limits)) {
      if (context.signal.aborted) return;
      if (stream === undefined) {
        if (!looksLikeJson(block.body)) {
          problems.push(`${input.path}: not JSON; export the logs as JSON, or leave this file out`);
          return;
        }
        stream = streamOf(context.source, input.name, block);
        startAt = (await context.durableSequence(stream)) ?? 0;
      }
      if (block.end <= startAt) continue;
      const from = Math.max(0, startAt - (block.end - block.body.length));
      yield {
        source: context.source,
        stream,
        sequence: block.end,
        enqueuedAt: undefined,
        receivedAt: context.clock(),
        body: block.body.subarray(from),
      };
    }
    if (stream === undefined) problems.push(`${input.path}: empty; nothing to read`);
  }

  async function* batches(): AsyncGenerator<readonly Capture[]> {
    const inputs: Input[] = [];
    for (const path of settings.paths) {
      try {
        inputs.push(...(await inputsOf(path, context.signal)));
      } catch (thrown) {
        problems.push(`${path}: ${describeError(thrown)}`);
      }
    }
    totalBytes = inputs.some(({ bytes }) => bytes === undefined)
      ? undefined
      : inputs.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
    for (const input of inputs) {
      let batch: Capture[] = [];
      let batchBytes = 0;
      try {
        for await (const capture of blocksOf(input)) {
          batch.push(capture);
          batchBytes += capture.body.length;
          if (batchBytes >= MIB) {
            yield batch;
            batch = [];
            batchBytes = 0;
          }
        }
      } catch (thrown) {
        if (!context.signal.aborted)
          problems.push(`${input.path}: ${describeError(thrown)}; what came before was read`);
      }
      if (batch.length > 0) yield batch;
      if (context.signal.aborted) return;
    }
  }

  return { batches, progress: () => ({ doneBytes, totalBytes }), problems: () => problems };
}

/** True when the first byte that counts can start JSON of records. */
function looksLikeJson(body: Uint8Array): boolean {
  const first = /[^\s\ufeff,]/.exec(Buffer.from(body.subarray(0, 256)).toString('utf8'))?.[0];
  return first === '{' || first === '[';
}

export const files = defineCollector({
  type: 'files',
  summary:
    'Reads exported logs once: `{"records":[…]}`, arrays, objects, NDJSON and blob `PT1H.json`, plain, gzip or zstd, files and folders.',
  settings: FilesSettings,
  create: createFiles,
});
