import { expect, test } from 'vitest';
import { openEvidence } from '../../src/cli/evidence-chain.ts';
import type { Standing } from '../../src/cli/evidence-rows.ts';
import { word } from '../../src/cli/evidence-text.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import type { JsonMap } from '../../src/proof/canonical.ts';
import { captureEntry, noteEntry } from '../../src/proof/entries.ts';
import { folderFiles as lakeFolder } from '../../src/store/folder-files.ts';
import { folderFiles } from '../../src/verifier/folder.ts';
import { fillLake, openTestLake, temporaryFolder } from '../store/lakes.ts';

test('what a finding rests on is found row by row, each as the verifier’s reader gives it among all', async () => {
  const folder = await temporaryFolder();
  const writer = await openTestLake(folder);
  await fillLake(writer, 'evidence rows', 90, 15);
  const lake = await openEvidence(folderFiles(folder), lakeFolder(folder));
  const all = async (table: string, wants: (values: JsonMap) => boolean): Promise<readonly Standing[]> => {
    const rows: Standing[] = [];
    for await (const row of lake.rows(table, wants)) rows.push(row);
    return rows;
  };

  const findings = await all('findings', () => true);
  expect(findings.length).toBeGreaterThan(8);
  for (const finding of findings) {
    expect(await lake.findingWith(word(finding.values['id']))).toEqual(finding);
    const { event, capture, pack, decisions } = await lake.chainOf(finding);
    const { leaf, event_id: eventId } = finding.values;
    expect(event).toEqual((await all('events', (row) => row['id'] === eventId && row['leaf'] === leaf))[0]);
    expect(capture?.leaf).toBe(leaf);
    expect(capture && captureEntry(capture.row)).toBe(capture?.text);
    expect(capture && sha256Hex(capture.row.body)).toBe(capture?.row.storedSha256);
    // It was noted once, in the first of the seals.
    expect(pack?.text).toBe(noteEntry('pack', { version: sha256Hex('evidence rows') }));
    expect(decisions).toEqual([]);
  }
  expect(await lake.findingWith('fnd-none')).toBeUndefined();
});
