import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadContent } from '../../src/cli/content.ts';
import type { Content } from '../../src/cli/content.ts';
import { openEngine } from '../../src/cli/engine.ts';
import type { Io } from '../../src/cli/io.ts';
import { openReaders } from '../../src/cli/readers.ts';
import { restoreCorrelations } from '../../src/cli/restore-correlations.ts';
import { Config } from '../../src/config.ts';
import { createCorrelating } from '../../src/detect/correlate/correlating.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { DAY_MS } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { capturesOf } from '../collect/demo-world.ts';
import { createWorkplace, productFolder } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';

let place: Workplace;
let content: Content;
let day: readonly Capture[];
beforeAll(async () => {
  place = createWorkplace();
  content = loadContent(configOf('none'), productFolder);
  day = (await capturesOf({ records: 1000 })).toSorted((a, b) => a.receivedAt - b.receivedAt);
});
afterAll(() => place[Symbol.dispose]());

function configOf(data: string): Config {
  const config = Config.parse({ lake: { sealAfter: '4h' } });
  return { ...config, data: join(place.folder, data) };
}

/** Runs the service over messages as often as there are pieces, each in a process of its own as far as memory goes. */
async function findingsOf(data: string, pieces: readonly (readonly Capture[])[]): Promise<readonly string[]> {
  const config = configOf(data);
  let now = day[0]?.receivedAt ?? 0;
  const io: Io = {
    out: () => undefined,
    err: () => undefined,
    isTerminal: false,
    hasColour: false,
    columns: 80,
    env: {},
    workingFolder: place.folder,
    productFolder,
    productVersion: '0.0.0-test',
    nodeVersion: process.versions.node,
    signal: new AbortController().signal,
    clock: () => now,
    fetch: () => Promise.reject(new Error('no network in tests')),
  };
  for (const [index, piece] of pieces.entries()) {
    await using engine = await openEngine({ io, config, content, log: silentLogger, clock: io.clock });
    const isLast = index === pieces.length - 1;
    await engine.pipeline.run({
      async *batches() {
        for (const capture of piece) {
          now = capture.receivedAt;
          await engine.pipeline.tick();
          yield [capture];
        }
        if (!isLast) return;
        now += DAY_MS;
        await engine.pipeline.tick();
      },
    });
  }
  using readers = await openReaders(config, content);
  const found = await readers.evidence.findings({ from: 0, to: now, limit: 10_000, offset: 0 });
  const names = new Set(content.correlations.items.map(({ detection }) => detection.name));
  // A restart seals what is pending, which takes leaves of its own: only where evidence lies may differ.
  return found
    .filter(({ detectionName }) => names.has(detectionName))
    .map((finding) => JSON.stringify({ ...finding, evidence: undefined }))
    .toSorted();
}

test('a service stopped and started again finds what an undisturbed one finds, no more and no less', async () => {
  const undisturbed = await findingsOf('undisturbed', [day]);
  expect(undisturbed.length).toBeGreaterThan(2);
  const cuts = [0.3, 0.5, 0.62, 0.8].map((share) => Math.floor(day.length * share));
  const pieces = [0, ...cuts].map((from, index) => day.slice(from, cuts[index] ?? day.length));
  const found = await findingsOf('stopped', pieces);
  expect(found.filter((finding) => !undisturbed.includes(finding))).toEqual([]);
  expect(found).toHaveLength(undisturbed.length);
}, 120_000);

test('where the rules are the same as then, only messages that they found something in are matched again', async () => {
  const third = Math.floor(day.length / 3);
  await findingsOf('same', [day.slice(0, third), day.slice(third, 2 * third)]);
  const config = configOf('same');
  const restored = async (of: Content) => {
    const normalise = createNormalise(normalisers);
    let read = 0;
    const { lateness, idleAfter } = config.correlations;
    const correlating = createCorrelating({
      correlations: of.correlations,
      latenessMs: lateness,
      idleAfterMs: idleAfter,
      lost: () => undefined,
    });
    await restoreCorrelations({
      config,
      content: of,
      normalise: (capture) => {
        read++;
        return normalise(capture);
      },
      correlating,
    });
    return { read, state: [correlating.size, correlating.watermark] };
  };
  const same = await restored(content);
  const other = await restored({ ...content, packVersion: 'another' });
  expect(same.state).toEqual(other.state);
  expect(JSON.stringify(same.state)).not.toContain('"held":0');
  expect(same.read).toBeGreaterThan(0);
  expect(same.read).toBeLessThan(other.read / 2);
}, 60_000);
