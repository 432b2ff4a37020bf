import { expect, onTestFinished, test } from 'vitest';
import { captureId } from '../../src/domain/capture.ts';
import { createSealedCaptures } from '../../src/store/captures-since.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { openQueries } from '../../src/store/queries.ts';
import { T0, aFinding, anEvent } from '../support/samples.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { openLake } from '../../src/store/lake.ts';
import { aCapture, LAKE_ORIGIN, openTestLake, temporaryFolder } from './lakes.ts';

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
  const queries = await openQueries({ path: await lakeOf(120), memoryLimit: '96MB' });
  onTestFinished(() => queries.close());
  const sealed = createSealedCaptures(queries);
  const seen: number[] = [];
  await sealed.captures(T0 - 1, ({ sequence, body }) => {
    expect(Buffer.from(body).toString('latin1', 0, 24)).toContain(`message ${sequence} `);
    seen.push(sequence);
  });
  expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => n + 1));
  const newer: number[] = [];
  await sealed.captures(T0, ({ sequence }) => void newer.push(sequence));
  expect(newer).toEqual(seen.filter((sequence) => sequence % 2 === 0));
}, 120_000);

test('messages of several writers, whose leaves have the same numbers, come as they were received', async () => {
  const path = await temporaryFolder();
  const writers = ['left', 'middle', 'right'];
  const lakes = await Promise.all(
    writers.map((writer) => {
      const signer = signerFromSeed(`${LAKE_ORIGIN}/${writer}`, Buffer.alloc(32, 1));
      return openLake({ path, origin: LAKE_ORIGIN, writer, signer, clock: () => T0 });
    }),
  );
  const random = seededRandom('several writers');
  const classOf = (sequence: number): string => (sequence % 3 === 0 ? 'key_vault' : 'storage');
  const taken = Array.from({ length: 60 }, (_, sequence) => ({ sequence, who: random.int(0, 2) }));
  for (const { sequence, who } of taken) {
    const lake = lakes[who];
    const capture = aCapture({ sequence, stream: `hub/${who}` });
    const leaf = lake?.append(capture);
    if (lake === undefined || leaf === undefined) throw new Error('it is there already');
    // Every fourth message has no event; of the others one is early and one lies far ahead.
    for (const [record, time] of sequence % 4 === 0 ? [] : [T0 - sequence, T0 + 9_999_999].entries())
      lake.addEvents([
        anEvent({
          id: `${captureId(capture)}-${record}`,
          time,
          evidence: { leaf, record },
          class: classOf(sequence),
        }),
      ]);
    if (random.chance(0.3)) await lake.seal();
  }
  for (const lake of lakes) {
    await lake.seal();
    await lake.close();
  }
  const queries = await openQueries({ path });
  onTestFinished(() => queries.close());
  const sealed = createSealedCaptures(queries);
  const arrived: unknown[] = [];
  await sealed.arrivals(T0 + 10, 1000, ({ stream, receivedAt, oldest, newest }) =>
    arrived.push([stream, receivedAt - T0, oldest, newest]),
  );
  expect(arrived).toEqual(
    taken.slice(10).map(({ sequence, who }) => {
      const time = sequence % 4 === 0 ? undefined : T0 - sequence;
      return [`hub/${who}`, sequence, time, time];
    }),
  );
  const whole: number[] = [];
  await sealed.captures(T0 + 1, ({ sequence }) => whole.push(sequence));
  const withEvents = taken.map(({ sequence }) => sequence).filter((sequence) => sequence % 4 !== 0);
  expect(whole).toEqual(withEvents);
  const ofClass: number[] = [];
  await sealed.captures(T0 + 1, ({ sequence }) => ofClass.push(sequence), {
    classes: ['key_vault', 'azure_activity'],
  });
  expect(ofClass).toEqual(withEvents.filter((sequence) => classOf(sequence) === 'key_vault'));
});

test('where findings tell, only messages with one of theirs come, and those of classes that they say nothing of', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  const classOf = (sequence: number): string => (sequence % 5 === 0 ? 'key_vault' : 'storage');
  const leaves = new Map<number, number>();
  for (let sequence = 1; sequence <= 60; sequence++) {
    const capture = aCapture({ sequence });
    const leaf = lake.append(capture);
    if (leaf === undefined) throw new Error('it is there already');
    leaves.set(sequence, leaf);
    const event = anEvent({
      id: `${captureId(capture)}-0`,
      time: T0 + sequence,
      evidence: { leaf, record: 0 },
      class: classOf(sequence),
    });
    lake.addEvents([event]);
    for (const detectionId of ['asked', 'other'].filter((_, n) => sequence % (7 + n) === 0))
      lake.addFindings([
        aFinding({
          id: `${detectionId}-${sequence}`,
          detectionId,
          time: event.time,
          evidence: event.evidence,
        }),
      ]);
    if (sequence % 10 === 0) await lake.seal();
  }
  await lake.close();
  const queries = await openQueries({ path });
  onTestFinished(() => queries.close());
  const asked: ReadonlyMap<string, number>[] = [];
  const seen: number[] = [];
  await createSealedCaptures(queries).captures(T0 + 15, ({ sequence }) => seen.push(sequence), {
    classes: ['storage', 'key_vault'],
    found: {
      detections: ['asked'],
      classes: ['key_vault'],
      from: (least) => {
        asked.push(least);
        // From the third seal on.
        return Promise.resolve(new Map([['main', leaves.get(21) ?? Number.NaN]]));
      },
    },
  });
  expect(asked).toEqual([new Map([['main', leaves.get(11)]])]);
  const expected = [...leaves.keys()].filter((sequence) =>
    sequence <= 20 ? sequence >= 15 : sequence % 5 === 0 || sequence % 7 === 0,
  );
  expect(seen).toEqual(expected);
});
