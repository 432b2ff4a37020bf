import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { originOf } from '../../src/proof/commits.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { loadOrCreateSigner } from '../../src/store/keys.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';
import { T0 } from '../support/samples.ts';

let place: Workplace;
beforeEach(() => {
  place = createLeanWorkplace();
});
afterEach(() => place[Symbol.dispose]());

/** A lake whose normalisers knew nothing of a message that ours can read, but for its last record. */
async function lakeOfYesterday(): Promise<void> {
  const origin = 'plumbline.example/lake';
  const keys = join(place.folder, 'data/keys/evidence-signing-key.pem');
  const signer = await loadOrCreateSigner(keys, originOf(origin, 'main'));
  const lake = await openLake({ path: join(place.folder, 'data/lake'), origin, signer, clock: () => T0 });
  const body = Buffer.from(
    `{"records":[${[ordinary(), diagnosticsDeleted('aoai-late'), { odd: '\u001b[2J' }].map((one) => JSON.stringify(one)).join(',')}]}`,
  );
  const at = { source: 'hub', stream: 'hub/0', sequence: 7, receivedAt: T0 };
  const leaf = lake.append({
    ...at,
    enqueuedAt: T0,
    body,
    originalSha256: sha256Hex(body),
    redactions: [],
  });
  if (leaf === undefined) throw new Error('a new lake has it already');
  lake.addDeadLetters(
    [0, 1, 2].map((record) => ({
      ...at,
      evidence: { leaf, record },
      reason: 'shape_unknown',
      detail: 'keys: time',
      bytes: record === 2 ? Buffer.from('{"odd":"\u001b[2J"}') : Buffer.from(envelope(ordinary())),
    })),
  );
  await lake.seal();
  await lake.close();
}

interface Shown {
  readonly id: string;
  readonly record: number;
  readonly isReplayed: boolean;
}
const list = async (): Promise<readonly Shown[]> =>
  JSON.parse((await place.run('dead-letter', 'list', '-o', 'json')).out) as Shown[];

test('what normalisers of today can read becomes events with their findings, once, and the lake verifies', async () => {
  await lakeOfYesterday();
  expect(await list()).toHaveLength(3);
  const first = await place.run('dead-letter', 'replay', '-o', 'json');
  expect(JSON.parse(first.out)).toEqual({ letters: 3, events: 2, findings: 1 });
  expect(first.code).toBe(4);
  expect((await list()).map(({ record, isReplayed }) => [record, isReplayed])).toEqual([
    [0, true],
    [1, true],
    [2, false],
  ]);
  const second = await place.run('dead-letter', 'replay', '-o', 'json');
  expect(JSON.parse(second.out)).toEqual({ letters: 1, events: 0, findings: 0 });
  const verified = await place.run('verify');
  expect(verified.code).toBe(0);
});

test('letters are chosen by source, reason and id; one that is not there is said so', async () => {
  await lakeOfYesterday();
  const [first] = await list();
  const chosen = await place.run('dead-letter', 'replay', first?.id ?? '', '-o', 'json');
  expect([chosen.code, JSON.parse(chosen.out)]).toEqual([0, { letters: 1, events: 1, findings: 0 }]);
  expect((await place.run('dead-letter', 'list', '--source', 'other')).out).toBe('no dead letters\n');
  expect((await place.run('dead-letter', 'list', '--reason', 'shape_unknown')).out).toMatch(/3 dead letters/);
  const missing = await place.run('dead-letter', 'show', 'nothing');
  expect([missing.code, missing.err]).toEqual([
    2,
    'plumbline: nothing: there is no such dead letter; plumbline dead-letter list shows them\n',
  ]);
});

test('a letter is shown with its bytes, and what a stranger wrote cannot move the cursor', async () => {
  await lakeOfYesterday();
  const letters = await list();
  const { out } = await place.run('dead-letter', 'show', letters[2]?.id ?? '');
  expect(out).toContain(String.raw`{"odd":"\u001b[2J"}`);
  expect(out).toMatch(/^reason +shape_unknown$/m);
  expect(out).not.toContain('\u001b');
});
