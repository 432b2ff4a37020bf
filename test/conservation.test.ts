import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLedger } from '../src/conservation.ts';
import type { StreamAccount } from '../src/conservation.ts';
import type { Capture } from '../src/domain/capture.ts';
import { createMetrics } from '../src/lib/metrics.ts';
import { T0 } from './support/samples.ts';

const capture = (sequence: number, stream = 'hub/0'): Capture => ({
  source: 'hub',
  stream,
  sequence,
  isContiguous: true,
  enqueuedAt: T0,
  receivedAt: T0,
  body: Buffer.from('{}'),
});

const take = (ledger: ReturnType<typeof createLedger>, one: Capture, durable?: number): void => {
  ledger.fetched(one);
  ledger.kept(one, 'sealed', durable);
};

test('every message is on both sides: fetched, and what became of it', () => {
  const ledger = createLedger(createMetrics(), T0);
  for (const sequence of [1, 2, 3]) take(ledger, capture(sequence));
  ledger.fetched(capture(3));
  ledger.deduplicated(capture(3));
  ledger.fetched(capture(4));
  ledger.kept(capture(4), 'deadLettered', undefined);
  ledger.cut();
  ledger.settle();
  expect(ledger.accounts().get('hub/0')).toEqual({
    source: 'hub',
    fetched: 5,
    sealed: 3,
    deadLettered: 1,
    deduplicated: 1,
    dropped: 0,
    pending: 0,
    missing: 0,
  });
  expect(ledger.note(T0 + 1000)).toMatchObject({
    since: '2026-03-02T09:00:00.000Z',
    until: '2026-03-02T09:00:01.000Z',
    total: { fetched: 5, sealed: 3 },
    streams: [{ stream: 'hub/0', sealed: 3 }],
    gaps: [],
  });
});

test('sequences that never came are named, but not those that another writer has', () => {
  const ledger = createLedger(createMetrics(), T0);
  take(ledger, capture(1));
  take(ledger, capture(5));
  take(ledger, capture(20), 17);
  take(ledger, { ...capture(9, 'file'), isContiguous: undefined });
  take(ledger, { ...capture(99, 'file'), isContiguous: undefined });
  expect(ledger.gaps()).toEqual([
    { stream: 'hub/0', first: 2, last: 4 },
    { stream: 'hub/0', first: 18, last: 19 },
  ]);
  expect(ledger.accounts().get('hub/0')?.missing).toBe(5);
});

test('a note fits into an entry of the log, however many streams and gaps there are, and says what it leaves out', () => {
  const ledger = createLedger(createMetrics(), T0);
  for (let n = 0; n < 2000; n++) {
    take(ledger, capture(1, `${'ü'.repeat(100)}/${n}`));
    take(ledger, capture(5, `${'ü'.repeat(100)}/${n}`));
  }
  ledger.cut();
  ledger.settle();
  const note = ledger.note(T0);
  expect(Buffer.byteLength(JSON.stringify(note))).toBeLessThan(60_000);
  const named = (note['streams'] as unknown as readonly unknown[]).length;
  expect(named + Number(note['streamsNotNamed'])).toBe(2000);
  expect(Number(note['gapsNotNamed'])).toBeGreaterThan(0);
});

type Step = 'new' | 'again' | 'unreadable' | 'try' | 'sealed' | 'taken';

test('in any world of messages, repeats, seals that fail and streams that are taken, the figures close', () => {
  const steps = fc.array(
    fc.constantFrom<Step>('new', 'new', 'again', 'unreadable', 'try', 'sealed', 'taken'),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (world) => {
      const metrics = createMetrics();
      const ledger = createLedger(metrics, T0);
      // What a lake would hold: its own count of what is durable.
      let [sequence, pending, frozen, durable] = [0, 0, 0, 0];
      for (const step of world) {
        switch (step) {
          case 'new':
          case 'unreadable': {
            const one = capture(++sequence);
            ledger.fetched(one);
            ledger.kept(one, step === 'new' ? 'sealed' : 'deadLettered', undefined);
            pending++;
            break;
          }
          case 'again':
            ledger.fetched(capture(sequence));
            ledger.deduplicated(capture(sequence));
            break;
          case 'try':
          case 'sealed':
            // A lake that has nothing to seal does not fail at it.
            if (frozen + pending === 0) break;
            ledger.cut();
            if (frozen === 0) [frozen, pending] = [pending, 0];
            if (step === 'try') break;
            ledger.settle();
            durable += frozen;
            frozen = 0;
            break;
          case 'taken':
            ledger.drop();
            [frozen, pending] = [0, 0];
        }
      }
      const account: StreamAccount | undefined = ledger.accounts().get('hub/0');
      if (account === undefined) return;
      const { fetched, sealed, deadLettered, deduplicated, dropped } = account;
      expect(sealed + deadLettered).toBe(durable);
      expect(account.pending).toBe(frozen + pending);
      expect(fetched).toBe(sealed + deadLettered + deduplicated + dropped + account.pending);
    }),
    { numRuns: 300, seed: 7 },
  );
});
