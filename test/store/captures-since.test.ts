import { expect, onTestFinished, test } from 'vitest';
import { captureId } from '../../src/domain/capture.ts';
import { createSealedCaptures } from '../../src/store/captures-since.ts';
import { openQueries } from '../../src/store/queries.ts';
import { T0, anEvent } from '../support/samples.ts';
import { aCapture, openTestLake, temporaryFolder } from './lakes.ts';

const MIB = 1024 * 1024;

/** A lake of messages of a MiB, each with one event, half of them older. */
async function lakeOf(count: number): Promise<string> {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  for (let sequence = 1; sequence <= count; sequence++) {
    const capture = aCapture({ sequence, body: Buffer.alloc(MIB, `message ${sequence} `) });
    const leaf = lake.append(capture);
    if (leaf === undefined) throw new Error('it is there already');
    const time = sequence % 2 === 0 ? T0 : T0 - 1;
    lake.addEvents([anEvent({ id: `${captureId(capture)}-0`, time, evidence: { leaf, record: 0 } })]);
    if (sequence % 16 === 0) await lake.seal();
  }
  await lake.seal();
  await lake.close();
  return path;
}

test('messages come in the order they were taken in, though together they are larger than the database may be', async () => {
  const queries = await openQueries({ path: await lakeOf(200), memoryLimit: '176MB' });
  onTestFinished(() => queries.close());
  const sealed = createSealedCaptures(queries);
  const seen: number[] = [];
  await sealed.captures(T0 - 1, ({ sequence, body }) => {
    expect(Buffer.from(body).toString('latin1', 0, 24)).toContain(`message ${sequence} `);
    seen.push(sequence);
  });
  expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  const newer: number[] = [];
  await sealed.captures(T0, ({ sequence }) => void newer.push(sequence));
  expect(newer).toEqual(seen.filter((sequence) => sequence % 2 === 0));
}, 120_000);
