import { expect, test } from 'vitest';
import { signerFromSeed } from '../../src/proof/note.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import type { Lake } from '../../src/store/lake.ts';
import { openLake } from '../../src/store/lake.ts';
import { leavesUnderNote } from '../../src/store/note-runs.ts';
import { T0 } from '../support/samples.ts';
import { aCapture, LAKE_ORIGIN, temporaryFolder } from './lakes.ts';

async function openWriter(path: string, writer: string): Promise<Lake> {
  const signer = signerFromSeed(`${LAKE_ORIGIN}/${writer}`, Buffer.alloc(32, 1));
  return openLake({ path, origin: LAKE_ORIGIN, writer, signer, clock: () => T0 });
}

let sequence = 0;
/** Seals one message; answers its leaf. */
async function take(lake: Lake): Promise<number> {
  sequence++;
  const leaf = lake.append(aCapture({ sequence, stream: 'hub/0' }));
  await lake.seal();
  return leaf ?? Number.NaN;
}

test('what was taken in under a note is told from what came before it, or in the seal that changed it', async () => {
  const path = await temporaryFolder();
  const files = folderFiles(path);
  const [left, right] = [await openWriter(path, 'left'), await openWriter(path, 'right')];
  left.addNote('pack', { detections: 'old' });
  right.addNote('pack', { detections: 'new' });
  const before = [await take(left), await take(left)];
  const others = [await take(right), await take(right), await take(right)];
  left.addNote('pack', { detections: 'new' });
  const changing = await take(left);
  left.addNote('decisions', { sha256: 'of something else' });
  const after: number[] = [];
  // More than are read at once.
  for (let i = 0; i < 40; i++) after.push(await take(left));
  await left.close();
  await right.close();

  const ask = (detections: string, least: Record<string, number>): Promise<ReadonlyMap<string, number>> =>
    leavesUnderNote(files, 46, { kind: 'pack', note: { detections } }, new Map(Object.entries(least)));
  const all = await ask('new', { left: 0, right: 0 });
  const [first] = after;
  expect(all.get('left')).toBeGreaterThan(changing);
  expect(all.get('left')).toBeLessThanOrEqual(first ?? Number.NaN);
  expect(all.get('right')).toBeGreaterThan(others[0] ?? Number.NaN);
  expect(all.get('right')).toBeLessThanOrEqual(others[1] ?? Number.NaN);

  const late = await ask('new', { left: after[30] ?? 0 });
  expect(late.get('left')).toBeLessThanOrEqual(after[30] ?? Number.NaN);
  expect(late.get('left')).toBeGreaterThan(after[20] ?? Number.NaN);
  expect(late.has('right')).toBe(false);

  expect(await ask('old', { left: before[0] ?? 0, right: 0 })).toEqual(new Map());
  expect(await ask('new', {})).toEqual(new Map());
});

test('nothing is said of seals whose commits are gone, and of a lake that has none', async () => {
  const files = folderFiles(await temporaryFolder());
  const note = { kind: 'pack', note: {} };
  expect(await leavesUnderNote(files, 0, note, new Map([['left', 0]]))).toEqual(new Map());
  expect(await leavesUnderNote(files, 9, note, new Map([['left', 0]]))).toEqual(new Map());
});
