import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { sealOfCommit } from '../../src/proof/commits.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import type { NoteSigner } from '../../src/proof/note.ts';
import { parsePosition, positionFault, signPosition } from '../../src/proof/position.ts';
import { onlyKey } from '../../src/proof/rotation.ts';
import { verifyLake } from '../../src/proof/verify.ts';
import type { VerifyResult } from '../../src/proof/verify.ts';
import type { Disk } from '../../src/store/disk.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { parquetReader } from '../../src/store/parquet-reader.ts';
import { stateRotation } from '../../src/store/rotate.ts';
import { lakeReport } from '../../src/verifier/report.ts';
import { readTar } from '../../src/verifier/tar.ts';
import { aCapture, LAKE_ORIGIN } from '../store/lakes.ts';
import { createMemory, LAKE } from '../store/memory.ts';
import type { Memory } from '../store/memory.ts';
import { anEvent, T0 } from '../support/samples.ts';

const writers = ['left', 'right'] as const;
const signerOf = (writer: string, seed = 5): NoteSigner =>
  signerFromSeed(`${LAKE_ORIGIN}/${writer}`, Buffer.alloc(32, seed));

const open = (disk: Disk, writer: string, signer = signerOf(writer)): Promise<Lake> =>
  openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    writer,
    signer,
    clock: () => T0,
    files: folderFiles(LAKE, writer, disk),
    lock: () => ({ isExclusive: false, isHeld: true, release: () => {} }),
  });

function add(lake: Lake, writer: string, sequence: number): void {
  const leaf = lake.append(aCapture({ stream: `hub/${writer}`, sequence })) ?? -1;
  lake.addEvents([anEvent({ id: `${writer}-${sequence}`, evidence: { leaf, record: 0 } })]);
}

async function sealInTurn(memory: Memory, sequences: readonly number[]): Promise<void> {
  const lakes = await Promise.all(writers.map((writer) => open(memory.files, writer)));
  for (const sequence of sequences) {
    for (const [i, lake] of lakes.entries()) {
      add(lake, writers[i] ?? '', sequence);
      await lake.seal();
    }
  }
  for (const lake of lakes) await lake.close();
}

const verify = (
  memory: Memory,
  keys = writers.map((writer) => signerOf(writer).verifier.verifierKey),
): Promise<VerifyResult> => verifyLake(memory.lake, { verifierKeys: keys, parquet: parquetReader });

const commit = (table: string, version: number): string =>
  `${table}/_delta_log/${String(version).padStart(20, '0')}.json`;

const lake = createMemory();
beforeAll(() => sealInTurn(lake, [1, 2]));

/** The lake with two commits of different writers in each other's place, each as `edit` makes it. */
function swapped(
  table: string,
  edit: (text: string, from: number, to: number) => string = (text) => text,
): Memory {
  const bent = lake.copy();
  const at = (version: number): string => lake.map.get(commit(table, version))?.toString() ?? '';
  bent.map.set(commit(table, 2), Buffer.from(edit(at(3), 3, 2)));
  bent.map.set(commit(table, 3), Buffer.from(edit(at(2), 2, 3)));
  return bent;
}

test.each(['captures', 'events'])(
  'commits of two writers in each other’s place in %s are named, and at which version each was made',
  async (table) => {
    expect((await verify(lake)).faults).toEqual([]);
    expect((await verify(swapped(table))).faults).toMatchObject([
      {
        kind: 'commit',
        place: commit(table, 2),
        what: 'it was committed as version 3: commits have changed places',
      },
      {
        kind: 'commit',
        place: commit(table, 3),
        what: 'it was committed as version 2: commits have changed places',
      },
    ]);
  },
);

test.each([
  [
    'the versions said anew',
    (text: string, from: number, to: number) => text.replace(`"version":${from}}`, `"version":${to}}`),
  ],
  ['the positions taken out', (text: string) => text.replace(/"position":\{[^}]*\},/, '')],
  [
    'positions of another form',
    (text: string) => text.replace(/"position":\{[^}]*\}/, '"position":{"version":2}'),
  ],
  ['a word added to the positions', (text: string) => text.replace('"position":{', '"position":{"a":1,')],
  ['signatures spelt otherwise', (text: string) => text.replace(/("signature":"[^"=]*)==/, '$1')],
])('with %s, commits in each other’s place are found all the same', async (_how, edit) => {
  for (const table of ['captures', 'events']) {
    const bent = swapped(table, edit);
    expect(bent.map.get(commit(table, 2))).not.toEqual(lake.map.get(commit(table, 3)));
    const places = (await verify(bent)).faults.map(({ place }) => place);
    expect(places).toEqual(expect.arrayContaining([commit(table, 2), commit(table, 3)]));
  }
});

test('a position holds for one writer, seal, table and version, and for keys that may sign by then', () => {
  const [first, second] = [signerOf('left'), signerOf('left', 6)];
  const place = { origin: first.verifier.name, seal: 3, table: 'events', version: 7 };
  const position = signPosition(first, place);
  const chain = { ...onlyKey(first.verifier), keys: [first.verifier, second.verifier] };
  expect(parsePosition({ ...position })).toEqual(position);
  expect(positionFault(position, place, chain, 0)).toBeUndefined();
  expect(positionFault(signPosition(second, place), place, chain, 0)).toBeUndefined();
  for (const other of [{ origin: 'x/left' }, { seal: 4 }, { table: 'captures' }, { version: 8 }])
    expect(positionFault(position, { ...place, ...other }, chain, 0)).toBeTypeOf('string');
  expect(positionFault(position, place, chain, 1)).toContain('no key of its log');
});

test('commits that follow from a seal under a key that handed over are signed by the one that finishes it', async () => {
  const memory = createMemory();
  const broken: Disk = {
    ...memory.files,
    link: async (from, to) => {
      if (to.includes('/events/_delta_log/') && !to.endsWith('0000.json')) throw new Error('no power');
      return memory.files.link(from, to);
    },
  };
  const left = await open(broken, 'left');
  add(left, 'left', 1);
  await expect(left.seal()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  const [from, to] = [signerOf('left'), signerOf('left', 6)];
  await stateRotation(folderFiles(LAKE, 'left', memory.files), LAKE_ORIGIN, {
    from: () => from,
    to: () => to,
  });
  const again = await open(memory.files, 'left', to);
  expect((await verify(memory, [from.verifier.verifierKey])).faults).toEqual([]);
  add(again, 'left', 2);
  await again.seal();
  await again.close();
  for (const { verifier } of [from, to])
    expect((await verify(memory, [verifier.verifierKey])).faults).toEqual([]);
  // The key that handed over has no word in what came after it.
  const path = commit('events', 2);
  const text = memory.map.get(path)?.toString() ?? '';
  const { position } = sealOfCommit(text) ?? {};
  const stolen = signPosition(from, { origin: from.verifier.name, seal: 2, table: 'events', version: 2 });
  memory.map.set(path, Buffer.from(text.replace(position?.signature ?? '-', stolen.signature)));
  expect((await verify(memory, [to.verifier.verifierKey])).faults).toMatchObject([
    { place: path, what: 'no key of its log has signed that it stands at this version' },
  ]);
});

test('a lake from before positions were signed verifies, is written on, and its order is said to be unproven', async () => {
  const archive = join(import.meta.dirname, '../fixtures/proof/lake-without-positions.tar.gz');
  const memory = createMemory(
    [...readTar(gunzipSync(readFileSync(archive)))].map(([path, bytes]) => [path, Buffer.from(bytes)]),
  );
  const old = await verify(memory);
  expect([old.faults, old.unplaced]).toEqual([[], 4]);
  expect(lakeReport(old, 'given', 0)).toContain('at which version of its tables each of 4 seals stands');
  await sealInTurn(memory, [3]);
  const grown = await verify(memory);
  expect([grown.faults, grown.unplaced, grown.checked.captures]).toEqual([[], 4, 6]);
  expect(lakeReport(await verify(lake), 'given', 0)).not.toContain('at which version');
});
