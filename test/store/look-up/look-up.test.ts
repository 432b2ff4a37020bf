import { expect, onTestFinished, test } from 'vitest';
import { captureId } from '../../../src/domain/capture.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { createLookUp } from '../../../src/store/look-up/look-up.ts';
import type { LookUp } from '../../../src/store/look-up/look-up.ts';
import { createRowsByKey } from '../../../src/store/look-up/rows-by-key.ts';
import { openQueries } from '../../../src/store/queries.ts';
import type { LiveFile } from '../../../src/store/snapshot.ts';
import { aFinding, anEvent } from '../../support/samples.ts';
import { aCapture, openTestLake, temporaryFolder } from '../lakes.ts';

const SEALS = 6;
const PER_SEAL = 40;

async function filesWith(lookUp: LookUp, column: string, value: string): Promise<readonly LiveFile[]> {
  const found: LiveFile[] = [];
  for await (const file of lookUp.filesWithKey('captures', column, value)) found.push(file);
  return found;
}

async function aLake() {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  const captures = Array.from({ length: SEALS * PER_SEAL }, (_, sequence) => aCapture({ sequence }));
  for (const [i, capture] of captures.entries()) {
    const leaf = lake.append(capture) ?? -1;
    lake.addEvents(
      [0, 1].map((record) => anEvent({ id: `${captureId(capture)}-${record}`, evidence: { leaf, record } })),
    );
    lake.addFindings([aFinding({ id: `fnd-${i}`, evidence: { leaf, record: 1 } })]);
    if (i % PER_SEAL === PER_SEAL - 1) await lake.seal();
  }
  await lake.close();
  const queries = await openQueries({ path });
  onTestFinished(() => queries.close());
  const lookUp = createLookUp(folderFiles(path), () => queries.snapshot());
  return { captures, lookUp, rows: createRowsByKey(lookUp) };
}

test('a finding, capture or event is found by its id, and a capture by the digest of its bytes', async () => {
  const { captures, rows } = await aLake();
  for (const [i, capture] of captures.entries()) {
    if (i % 37 !== 5) continue;
    const id = captureId(capture);
    expect(await rows.finding(`fnd-${i}`)).toMatchObject({ id: `fnd-${i}`, evidence: { record: 1 } });
    expect(await rows.capture(id)).toMatchObject({ id, sequence: BigInt(capture.sequence) });
    expect(await rows.capturesWithBytes(sha256Hex(capture.body))).toMatchObject([{ id }]);
    expect(await rows.event(`${id}-1`)).toMatchObject({ id: `${id}-1`, record: 1 });
  }
  expect(await rows.finding('fnd-none')).toBeUndefined();
  expect(await rows.capture('none')).toBeUndefined();
  expect(await rows.capturesWithBytes(sha256Hex('none'))).toEqual([]);
  expect(await rows.event(`${captureId(captures[0] ?? aCapture({ sequence: 0 }))}-9`)).toBeUndefined();
  expect(await rows.event('none')).toBeUndefined();
});

test('few files are left to look into, and never too few', async () => {
  const { captures, lookUp } = await aLake();
  let files = 0;
  for (const capture of captures) {
    const left = await filesWith(lookUp, 'id', captureId(capture));
    expect(left.length).toBeGreaterThanOrEqual(1);
    files += left.length;
  }
  expect(files).toBeLessThan(captures.length * 1.3);
  expect(await lookUp.filesWithLeaf('events', 3)).toHaveLength(1);
  // A column without filters rules nothing out.
  expect(await filesWith(lookUp, 'source', 'none')).toHaveLength(SEALS);
});
