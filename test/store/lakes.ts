import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StoredCapture } from '../../src/domain/capture.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import type { Random } from '../../src/lib/random.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { verifyLake } from '../../src/proof/verify.ts';
import type { VerifyOptions, VerifyResult } from '../../src/proof/verify.ts';
import type { Disk } from '../../src/store/disk.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { lakeFiles } from '../../src/store/lake-files.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { parquetReader } from '../../src/store/parquet-reader.ts';
import { LAKE } from './memory.ts';
import type { Memory } from './memory.ts';
import { aFinding, anEvent, anObservation, T0 } from '../support/samples.ts';

export const LAKE_ORIGIN = 'lake.example.com/test';
/** Of the log of its writer. */
export const ORIGIN = `${LAKE_ORIGIN}/main`;
export const signer = signerFromSeed(ORIGIN, Buffer.alloc(32, 7));

/** A folder that goes away with its test. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'plumbline-lake-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A clock that moves one second each time it is asked. */
export function ticking(from = T0): () => number {
  let now = from;
  return () => (now += 1000);
}

/** A lake on disk. */
export const openTestLake = (path: string): Promise<Lake> =>
  openLake({ path, origin: LAKE_ORIGIN, signer, clock: ticking() });

/** A lake in memory, with a clock that stands still unless told: a seal done over has the same bytes. */
export const openMemoryLake = (disk: Disk, clock = () => T0): Promise<Lake> =>
  openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    signer,
    clock,
    files: folderFiles(LAKE, 'main', disk),
    lock: () => ({ isExclusive: true, isHeld: true, release: () => {} }),
  });

export const verify = (lake: string | Memory, options: Partial<VerifyOptions> = {}): Promise<VerifyResult> =>
  verifyLake(typeof lake === 'string' ? lakeFiles(lake) : lake.lake, {
    verifierKeys: [signer.verifier.verifierKey],
    parquet: parquetReader,
    ...options,
  });

export function aCapture(over: Partial<StoredCapture> & Pick<StoredCapture, 'sequence'>): StoredCapture {
  const body = over.body ?? Buffer.from(JSON.stringify({ records: [{ n: over.sequence }] }));
  return {
    source: 'openai-logs',
    stream: 'openai-logs/0',
    enqueuedAt: T0 + over.sequence,
    receivedAt: T0 + over.sequence,
    originalSha256: sha256Hex(body),
    redactions: [],
    ...over,
    body,
  };
}

/** What a stream of messages brings, the same each time it is read. */
export interface Message {
  readonly capture: StoredCapture;
  readonly events: number;
  readonly finding: boolean;
  readonly isUnreadable: boolean;
}

/** Messages of a few streams over three days (or fewer), some redacted, some unreadable. */
export function messages(seed: string, count: number, lastDay = 2): Message[] {
  const random = seededRandom(seed);
  const next = new Map<string, number>();
  return Array.from({ length: count }, () => {
    const stream = `openai-logs/${random.int(0, 2)}`;
    const sequence = (next.get(stream) ?? random.int(0, 1000)) + 1;
    next.set(stream, sequence);
    return aMessage(random, stream, sequence, lastDay);
  });
}

function aMessage(random: Random, stream: string, sequence: number, lastDay: number): Message {
  const body = Buffer.from(JSON.stringify({ stream, sequence, noise: random.hex(random.int(1, 200)) }));
  const isRedacted = random.chance(0.2);
  return {
    capture: aCapture({
      stream,
      sequence,
      body,
      enqueuedAt: random.chance(0.9) ? T0 + random.int(0, 1e6) : undefined,
      receivedAt: T0 + random.int(0, lastDay) * 86_400_000,
      originalSha256: sha256Hex(isRedacted ? `original ${sequence}` : body),
      redactions: isRedacted ? [`sas-signature@${random.int(0, 50)}`, 'api-key@7'] : [],
    }),
    events: random.int(0, 3),
    finding: random.chance(0.2),
    isUnreadable: random.chance(0.1),
  };
}

/** Takes a message in, as the pipeline does. */
export function take(lake: Lake, { capture, events, finding, isUnreadable }: Message): boolean {
  const leaf = lake.append(capture);
  if (leaf === undefined) return false;
  const id = `${capture.stream}-${capture.sequence}`;
  const evidence = { leaf, record: 0 };
  lake.addEvents(
    Array.from({ length: events }, (_, record) =>
      anEvent({ id: `${id}-${record}`, evidence: { leaf, record } }),
    ),
  );
  if (finding) {
    lake.addFindings([aFinding({ id: `fnd-${id}`, evidence })]);
    lake.addObservations([anObservation({ id: `obs-${id}`, evidence })]);
  }
  if (isUnreadable) {
    const { source, stream, sequence, receivedAt, body } = capture;
    const letter = { source, stream, sequence, receivedAt, evidence, bytes: body };
    lake.addDeadLetters([{ ...letter, reason: 'json_invalid', detail: 'not JSON' }]);
  }
  return true;
}

/** Fills a lake with a few seals, and closes it. */
export async function fillLake(lake: Lake, seed: string, count = 60, perSeal = 20): Promise<void> {
  lake.addNote('pack', { version: sha256Hex(seed) });
  for (const [i, message] of messages(seed, count).entries()) {
    take(lake, message);
    if (i % perSeal === perSeal - 1) await lake.seal();
  }
  await lake.seal();
  await lake.close();
}
