import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { captureId } from '../../src/domain/capture.ts';
import type { StoredCapture } from '../../src/domain/capture.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { hubMessages } from './load.ts';
import { shipped } from './workshop.ts';

/**
 * How long a seal of a full segment holds up the thread that takes messages in: `node test/bench/seal.ts`. A stretch is what
 * the thread computed between two rounds of the event loop; what others do on the machine is left out of it.
 */
const SEALS = 5;
const ORIGIN = 'lake.example.com/bench';
const normalise = createNormalise(normalisers);
const { sealRecords, sealMib } = shipped.config.lake;

/** Appends until a seal is due. */
function fill(lake: Lake, bodies: readonly Uint8Array[], receivedAt: number, from: number): void {
  for (const [i, body] of bodies.entries()) {
    const at = { source: 'bench', stream: 'bench/0', sequence: from + i, enqueuedAt: undefined, receivedAt };
    const stored: StoredCapture = { ...at, body, originalSha256: sha256Hex(body), redactions: [] };
    const leaf = lake.append(stored) ?? 0;
    const id = captureId(stored);
    lake.addEvents(
      normalise(stored).items.map(({ index, fields, record }) =>
        Object.assign(
          { id: `${id}-${index}`, source: stored.source, evidence: { leaf, record: index }, record },
          fields,
        ),
      ),
    );
    const { rows, bytes } = lake.pending;
    if (rows >= sealRecords || bytes >= sealMib * 1024 * 1024) return;
  }
}

/** Milliseconds of each stretch while a task runs, longest first. */
async function stretchesOf(task: () => Promise<unknown>): Promise<number[]> {
  const stretches: number[] = [];
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    let before = process.threadCpuUsage();
    while (!over.signal.aborted) {
      await setImmediate();
      const now = process.threadCpuUsage();
      stretches.push((now.user + now.system - before.user - before.system) / 1000);
      before = now;
    }
  };
  const watching = watch();
  await task();
  over.abort();
  await watching;
  return stretches.toSorted((a, b) => b - a);
}

async function measure(name: string, bodies: readonly Uint8Array[], receivedAt: number): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-bench-seal-'));
  try {
    const signer = signerFromSeed(`${ORIGIN}/main`, Buffer.alloc(32, 7));
    const lake = await openLake({ path, origin: ORIGIN, signer, clock: () => receivedAt });
    for (let seal = 0; seal < SEALS; seal++) {
      fill(lake, bodies, receivedAt, seal * bodies.length);
      const { rows, bytes } = lake.pending;
      const longest = (await stretchesOf(() => lake.seal())).slice(0, 4).map((ms) => ms.toFixed(1));
      console.log(
        `${name}: ${rows} rows, ${(bytes / 1048576).toFixed(1)} MiB; longest stretches ${longest.join(', ')} ms`,
      );
    }
    await lake.close();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

const { captures, texts } = hubMessages(42_000);
const receivedAt = captures.at(-1)?.receivedAt ?? 0;
const single = texts
  .flatMap((text) => (JSON.parse(text) as { records?: readonly unknown[] }).records ?? [])
  .map((record) => Buffer.from(JSON.stringify({ records: [record] })));
await measure(
  'dozens of records a message',
  captures.map(({ body }) => body),
  receivedAt,
);
await measure('one record a message', single, receivedAt);
