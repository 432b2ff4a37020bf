import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { EvidenceReader } from '../../../src/domain/ports.ts';
import { DAY_MS, MINUTE_MS } from '../../../src/lib/clock.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { openLake } from '../../../src/store/lake.ts';
import type { Lake } from '../../../src/store/lake.ts';
import { createLookUp } from '../../../src/store/look-up/look-up.ts';
import { openQueries } from '../../../src/store/queries.ts';
import type { Queries } from '../../../src/store/queries.ts';
import { createEvidenceReader } from '../../../src/store/reader.ts';
import { createRollup } from '../../../src/store/rollups/rollup.ts';
import type { Rollup } from '../../../src/store/rollups/rollup.ts';
import { signerFromSeed } from '../../../src/proof/note.ts';
import { sealedState } from '../../../src/store/sealed-state.ts';
import type { Snapshot } from '../../../src/store/snapshot.ts';
import type { TailMessage } from '../../../src/store/tail/messages.ts';
import { createTail } from '../../../src/store/tail/tail.ts';
import type { Tail } from '../../../src/store/tail/tail.ts';
import { aFinding, anEvent, anObservation, T0 } from '../../support/samples.ts';
import { aCapture, LAKE_ORIGIN, ORIGIN, signer, temporaryFolder, ticking } from '../lakes.ts';

const everything = { from: 0, to: T0 + 400 * DAY_MS };

interface Service {
  readonly lake: Lake;
  readonly tail: Tail;
  readonly rollup: Rollup;
  readonly queries: Queries;
  /** Ids passed on to who keeps the posture; each comes once. */
  readonly observed: Set<string>;
}

/** A lake that is written, and a rollup that hears its tail by way of `carry`. */
async function service(
  path: string,
  carry: (take: (message: TailMessage) => void) => (message: TailMessage) => void = (take) => take,
  between: () => void = () => undefined,
): Promise<Service> {
  const queries = await openQueries({ path });
  onTestFinished(() => queries.close());
  const stateOf = sealedState(folderFiles(path), LAKE_ORIGIN);
  const options = {
    queries,
    // What a refresh waits for last: from here to its end, who asks comes in between.
    stateOf: async (snapshot: Snapshot) => {
      const state = await stateOf(snapshot);
      between();
      return state;
    },
    lookUp: createLookUp(folderFiles(path), () => queries.snapshot()),
    titleOf: (id: string) => id,
  };
  const observed = new Set<string>();
  const rollup = createRollup({
    ...options,
    scans: createEvidenceReader(options),
    askAll: () => tail.sayAll(),
    observed: (observations, isAll) => {
      if (isAll) observed.clear();
      for (const { id } of observations) {
        expect(observed.has(id)).toBe(false);
        observed.add(id);
      }
    },
  });
  const tail: Tail = createTail(
    ORIGIN,
    carry((message) => rollup.take(structuredClone(message))),
  );
  const lake = await openLake({ path, origin: LAKE_ORIGIN, signer, clock: ticking(), watch: tail.watch });
  return { lake, tail, rollup, queries, observed };
}

interface Counts {
  readonly captures: number;
  readonly events: number;
  readonly findings: number;
  readonly observations: number;
  readonly deadLetters: number;
}

/** What the API would say there is, sealed or not. */
async function counted({ evidence }: Rollup): Promise<Counts> {
  const [sealed, events, findings, listed, observations] = await Promise.all([
    evidence.evidence(),
    evidence.eventCounts(everything, DAY_MS),
    evidence.findingCounts(everything, MINUTE_MS),
    evidence.findings({ ...everything, limit: 1000, offset: 0 }),
    evidence.observations(everything),
  ]);
  const sum = (counts: readonly { readonly count: number }[]): number =>
    counts.reduce((total, { count }) => total + count, 0);
  expect(sum(findings)).toBe(listed.length);
  return {
    captures: sealed.captures + (sealed.unsealed?.captures ?? 0),
    events: sum(events),
    findings: listed.length,
    observations: observations.length,
    deadLetters: sum(sealed.deadLetters) + (sealed.unsealed?.deadLetters ?? 0),
  };
}

let sequence = 0;
function takeIn({ lake }: Pick<Service, 'lake'>, total: { -readonly [K in keyof Counts]: number }): void {
  sequence++;
  const leaf = lake.append(aCapture({ sequence })) ?? -1;
  const at = (record: number) => ({ evidence: { leaf, record }, time: T0 + sequence * 1_777 + record });
  const events = [0, 1, 2].map((record) => anEvent({ id: `e${sequence}-${record}`, ...at(record) }));
  lake.addEvents(events);
  total.captures++;
  total.events += events.length;
  if (sequence % 2 === 0) {
    lake.addFindings([aFinding({ id: `fnd-${sequence}`, ...at(0) })]);
    total.findings++;
  }
  if (sequence % 3 === 0) {
    lake.addObservations([anObservation({ id: `obs-${sequence}`, ...at(0) })]);
    total.observations++;
  }
  if (sequence % 5 === 0) {
    const { stream, source } = aCapture({ sequence });
    const why = { receivedAt: T0, reason: 'json_invalid', detail: 'd', bytes: Buffer.of(1) } as const;
    lake.addDeadLetters([{ source, stream, sequence, evidence: { leaf, record: 1 }, ...why }]);
    total.deadLetters++;
  }
}

const nothing = (): { -readonly [K in keyof Counts]: number } => ({
  captures: 0,
  events: 0,
  findings: 0,
  observations: 0,
  deadLetters: 0,
});

test('what is taken in shows at once, told from what is sealed, and is not doubled by its seal', async () => {
  const one = await service(await temporaryFolder());
  const { lake, tail, rollup } = one;
  const total = nothing();
  await rollup.ready();
  for (let n = 0; n < 6; n++) takeIn(one, total);
  tail.flush();
  const [listed] = await rollup.evidence.findings({ ...everything, limit: 1, offset: 0 });
  expect(rollup.unsealed.hasFinding(listed?.id ?? '')).toBe(true);
  expect(await rollup.evidence.finding(listed?.id ?? '')).toEqual(listed);
  expect(await rollup.sealed.findings({ ...everything, limit: 1, offset: 0 })).toEqual([]);
  expect(await rollup.evidence.sources()).toMatchObject([{ events: total.events }]);
  expect(rollup.unsealed.counts()).toEqual(total);
  await lake.seal();
  expect(await counted(rollup)).toEqual(total);
  await rollup.refresh();
  expect(await counted(rollup)).toEqual(total);
  expect(rollup.unsealed.counts()).toEqual(nothing());
  expect(rollup.unsealed.hasFinding(listed?.id ?? '')).toBe(false);
  expect(await rollup.sealed.findings({ ...everything, limit: 1, offset: 0 })).toEqual([listed]);
  await lake.close();
});

test('what another writer sealed first is not counted twice: what waited is dropped, and taken in again', async () => {
  const path = await temporaryFolder();
  const one = await service(path);
  const total = nothing();
  await one.rollup.ready();
  const first = sequence + 1;
  for (let n = 0; n < 12; n++) takeIn(one, total);
  one.tail.flush();
  expect(await counted(one.rollup)).toEqual(total);
  const other = await openLake({
    path,
    origin: LAKE_ORIGIN,
    writer: 'other',
    signer: signerFromSeed(`${LAKE_ORIGIN}/other`, Buffer.alloc(32, 9)),
    clock: ticking(),
  });
  sequence = first - 1;
  const again = nothing();
  for (let n = 0; n < 12; n++) takeIn({ lake: other }, again);
  await other.seal();
  await expect(one.lake.seal()).rejects.toMatchObject({ code: 'STREAM_TAKEN' });
  await one.rollup.refresh();
  expect(again).toEqual(total);
  expect(await counted(one.rollup)).toEqual(total);
  expect(one.rollup.unsealed.counts()).toEqual(nothing());
  expect(one.observed.size).toBe(total.observations);
  await one.lake.durableSequence(aCapture({ sequence }).stream);
  takeIn(one, total);
  one.tail.flush();
  expect(await counted(one.rollup)).toEqual(total);
  await Promise.all([one.lake.close(), other.close()]);
});

test('what waited and is gone is gone from the posture too', async () => {
  const one = await service(await temporaryFolder());
  await one.rollup.ready();
  const { watch } = one.tail;
  watch.observation(anObservation({ id: 'obs-lost' }));
  watch.finding(aFinding({ id: 'fnd-lost' }));
  one.tail.flush();
  expect([...one.observed]).toEqual(['obs-lost']);
  const before = one.rollup.version();
  watch.dropped();
  expect([...one.observed]).toEqual([]);
  expect(await one.rollup.evidence.findings({ ...everything, limit: 9, offset: 0 })).toEqual([]);
  expect(one.rollup.version()).not.toBe(before);
  await one.lake.close();
});

test('a writer that does not say what it sealed does not count until it does', async () => {
  const kept: TailMessage[] = [];
  let isSilent = false;
  const one = await service(await temporaryFolder(), (take) => (message) => {
    if (isSilent) kept.push(message);
    else take(message);
  });
  const total = nothing();
  await one.rollup.ready();
  for (let n = 0; n < 4; n++) takeIn(one, total);
  one.tail.flush();
  isSilent = true;
  await one.lake.seal();
  const { captures } = total;
  takeIn(one, total);
  // Waits for the word of the writer, which does not come; then its tail counts for nothing.
  await one.rollup.refresh();
  expect((await counted(one.rollup)).captures).toBe(captures);
  isSilent = false;
  one.tail.sayAll();
  expect(await counted(one.rollup)).toEqual(total);
  expect(kept.length).toBeGreaterThan(0);
  await one.lake.close();
});

const step = fc.constantFrom('take', 'take', 'take', 'seal', 'take and seal', 'refresh', 'hello', 'turn');

test('at any moment a question counts what was taken in, whatever is being sealed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const path = await temporaryFolder();
      const total = nothing();
      const asked: Promise<void>[] = [];
      const askOften = async (): Promise<void> => {
        const now = { ...total };
        for (let n = 0; n < 20; n++) expect(await counted(one.rollup)).toEqual(now);
      };
      let hasBegun = false;
      const one = await service(path, undefined, () => {
        if (hasBegun) asked.push(askOften());
      });
      await one.rollup.ready();
      hasBegun = true;
      const running: Promise<unknown>[] = [];
      for (const what of steps) {
        if (what === 'take' || what === 'take and seal') takeIn(one, total);
        if (what === 'seal' || what === 'take and seal') running.push(one.lake.seal());
        if (what === 'refresh') running.push(one.rollup.refresh());
        if (what === 'hello') one.tail.sayAll();
        if (what === 'turn') await nextTurn();
        one.tail.flush();
        expect(await counted(one.rollup)).toEqual(total);
      }
      await Promise.all(running);
      await one.lake.seal();
      await one.rollup.refresh();
      await Promise.all(asked);
      expect(await counted(one.rollup)).toEqual(total);
      expect(one.rollup.unsealed.counts()).toEqual(nothing());
      expect(one.observed.size).toBe(total.observations);
      // The seals were taken over from the tail; read from the files, they say the same.
      await one.lake.close();
      const again = await service(path);
      for (const ask of [
        (reader: EvidenceReader) => reader.findings({ ...everything, limit: 1000, offset: 0 }),
        (reader: EvidenceReader) => reader.observations(everything),
        (reader: EvidenceReader) => reader.eventCounts(everything, MINUTE_MS),
        (reader: EvidenceReader) => reader.sources(),
        (reader: EvidenceReader) => reader.evidence(),
        (reader: EvidenceReader) => reader.eventRange(),
      ])
        expect(await ask(one.rollup.evidence)).toEqual(await ask(again.rollup.sealed));
      await again.lake.close();
    }),
    { numRuns: 7 },
  );
});

test('messages that come late or get lost never make anything count twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ what: step, isLost: fc.integer({ min: 0, max: 9 }) }), { maxLength: 40 }),
      async (steps) => {
        const waiting: TailMessage[] = [];
        let isLost = false;
        let deliver: (message: TailMessage) => void = () => undefined;
        const one = await service(await temporaryFolder(), (take) => {
          deliver = take;
          return (message) => void (isLost || waiting.push(message));
        });
        // Who has to say everything says it behind what is on its way.
        const carry = setInterval(() => {
          const next = waiting.shift();
          if (next !== undefined) deliver(next);
        }, 1);
        const total = nothing();
        await one.rollup.ready();
        const running: Promise<unknown>[] = [];
        for (const { what, isLost: lost } of steps) {
          isLost = lost === 0;
          if (what === 'take' || what === 'take and seal') takeIn(one, total);
          if (what === 'seal' || what === 'take and seal') running.push(one.lake.seal());
          if (what === 'refresh') running.push(one.rollup.refresh());
          if (what === 'turn') await nextTurn();
          one.tail.flush();
          const counts = await counted(one.rollup);
          for (const [table, count] of Object.entries(counts))
            expect(count).toBeLessThanOrEqual(total[table as keyof Counts]);
        }
        isLost = false;
        await Promise.all(running);
        await one.lake.seal();
        await one.rollup.refresh();
        clearInterval(carry);
        expect(await counted(one.rollup)).toEqual(total);
        expect(one.observed.size).toBe(total.observations);
        await one.lake.close();
      },
    ),
    { numRuns: 6 },
  );
});
