import { frame } from '../../src/collect/files/framing.ts';
import { files } from '../../src/collect/files.ts';
import { demoDay } from '../../src/collect/demo/day.ts';
import { demoSettings } from '../../src/collect/demo/settings.ts';
import type { Capture } from '../../src/domain/capture.ts';

/** Messages to measure with, and the texts a bare `JSON.parse` is given for the same content. */
export interface Load {
  readonly captures: readonly Capture[];
  /** Of the bodies. */
  readonly bytes: number;
  readonly texts: readonly string[];
  /** Of the texts. */
  readonly textBytes: number;
}

const CHUNK_BYTES = 1 << 20;

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const loadOf = (captures: readonly Capture[], candidates: readonly string[]): Load => {
  // The day has a few planted messages that are no JSON: a bare parse would stop at them.
  const texts = candidates.filter(parses);
  return {
    captures,
    bytes: sum(captures.map(({ body }) => body.length)),
    texts,
    textBytes: sum(texts.map((text) => Buffer.byteLength(text))),
  };
};

/** A day of the demo's tenant as the event hubs deliver it: `{"records":[…]}`, dozens of records a message. */
export function hubMessages(records: number): Load {
  const day = demoDay(demoSettings.parse({ type: 'demo', records }), 'bench');
  const captures = [...day].flat();
  return loadOf(
    captures,
    captures.map(({ body }) => Buffer.from(body).toString()),
  );
}

/** The same records one a line, in the blocks that `replay` captures from a long file. */
export async function replayBlocks({ texts, captures }: Load): Promise<Load> {
  const lines = texts
    .flatMap((text) => (JSON.parse(text) as { records?: readonly unknown[] }).records ?? [])
    .map((record) => `${JSON.stringify(record)}\n`);
  const file = Buffer.from(lines.join(''));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.length; at += CHUNK_BYTES) yield file.subarray(at, at + CHUNK_BYTES);
  }
  const { blockKib, maxValueMib } = files.settings.parse({ type: 'files', paths: ['-'] });
  const receivedAt = captures.at(-1)?.receivedAt ?? 0;
  const blocks: Capture[] = [];
  for await (const { body, end } of frame(chunks(), {
    targetBytes: blockKib * 1024,
    maxValueBytes: maxValueMib * CHUNK_BYTES,
  })) {
    blocks.push({
      source: 'bench',
      stream: 'bench/day.ndjson',
      sequence: end,
      enqueuedAt: undefined,
      receivedAt,
      body,
    });
  }
  return loadOf(blocks, lines);
}

/** Batches of about a MiB, as collectors yield them. */
export function* batchesOf(captures: readonly Capture[]): Generator<readonly Capture[]> {
  let batch: Capture[] = [];
  let bytes = 0;
  for (const capture of captures) {
    batch.push(capture);
    bytes += capture.body.length;
    if (bytes < CHUNK_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
