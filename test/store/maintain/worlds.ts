import { folderFiles } from '../../../src/store/folder-files.ts';
import type { Files } from '../../../src/store/files.ts';
import type { Lake } from '../../../src/store/lake.ts';
import type { OrderFacts } from '../../../src/proof/maintenance.ts';
import { anActor, anEvent, aFinding, T0 } from '../../support/samples.ts';
import { aCapture, openMemoryLake } from '../lakes.ts';
import { createMemory, LAKE } from '../memory.ts';
import type { Memory } from '../memory.ts';

export const ADA = 'ada@example.com';
export const BOB = 'bob@example.com';
export const DAY = 86_400_000;

export const anOrder = (over: Partial<OrderFacts> = {}): OrderFacts => ({
  act: 'erase',
  id: 'ERA-2026-001',
  reason: 'Request of a data subject, GDPR Article 17.',
  requestedBy: 'privacy@example.com',
  approvedBy: 'counsel@example.com',
  rules: [],
  basis: '0'.repeat(64),
  ...over,
});

export interface SmallLake {
  readonly memory: Memory;
  readonly files: Files;
  readonly lake: Lake;
}

/** A capture of one record for each person, with an event for each; Ada's has a finding. */
export function takePeople(lake: Lake, sequence: number, people: readonly string[], receivedAt = T0): void {
  const records = people.map((name) => ({ operationName: 'READ', identity: name, n: sequence }));
  const body = Buffer.from(JSON.stringify({ records }));
  const capture = aCapture({ sequence, body, receivedAt });
  const leaf = lake.append(capture);
  if (leaf === undefined) throw new Error(`sequence ${sequence} is there already`);
  for (const [record, name] of people.entries()) {
    const evidence = { leaf, record };
    const actor = anActor({ name, id: `id-of-${name}` });
    lake.addEvents([anEvent({ id: `${sequence}-${record}`, evidence, actor, time: receivedAt })]);
    if (name === ADA)
      lake.addFindings([
        aFinding({
          id: `fnd-${sequence}-${record}`,
          evidence,
          actor,
          time: receivedAt,
          matched: [{ field: 'identity', value: name, test: 'equals' }],
        }),
      ]);
  }
}

/** A lake of five seals on one day: Ada alone, Bob alone, and both in one message. */
export async function aLakeOfPeople(clock = () => T0 + 2 * DAY): Promise<SmallLake> {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files, clock);
  lake.addNote('pack', { version: '1' });
  for (let seal = 0; seal < 5; seal++) {
    takePeople(lake, seal * 3 + 1, [ADA]);
    takePeople(lake, seal * 3 + 2, [BOB]);
    takePeople(lake, seal * 3 + 3, [ADA, BOB]);
    await lake.seal();
  }
  return { memory, lake, files: folderFiles(LAKE, 'main', memory.files) };
}

export const parquetOf = ({ memory }: SmallLake, table: string): string[] =>
  [...memory.map.keys()].filter((path) => path.startsWith(`${table}/day=`)).toSorted();
