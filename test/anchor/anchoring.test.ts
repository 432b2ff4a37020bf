import { expect, test } from 'vitest';
import type { Anchor, Head } from '../../src/anchor/anchor.ts';
import { createAnchoring } from '../../src/anchor/anchoring.ts';
import type { AnchoringParts } from '../../src/anchor/anchoring.ts';
import { silentLogger } from '../../src/lib/log.ts';

const head = (size: number): Head => ({
  origin: 'lake.example.com/main',
  size,
  checkpoint: `head ${size}\n`,
});

function start(anchor: Anchor, over: Partial<AnchoringParts> = {}) {
  const kept: number[] = [];
  const stop = new AbortController();
  const anchoring = createAnchoring({
    anchors: [{ name: 'file-1', anchor }],
    anchored: new Map(),
    keep: (_, { size }) => Promise.resolve(void kept.push(size)),
    everyMs: 0,
    clock: () => Date.now(),
    log: silentLogger,
    signal: stop.signal,
    ...over,
  });
  return { anchoring, kept, stop };
}
const taken: Anchor = ({ checkpoint }) => Promise.resolve(Buffer.from(checkpoint));

test('each head that is offered gets a receipt, and offering it does not wait', async () => {
  const { anchoring, kept } = start(taken);
  anchoring.offer(head(3));
  expect(kept).toEqual([]);
  await anchoring.settled();
  anchoring.offer(head(5));
  anchoring.offer(head(4));
  await anchoring.settled();
  expect(kept).toEqual([3, 5]);
});

test('what has a receipt already is not sent again after a restart, what has none is', async () => {
  const { anchoring, kept } = start(taken, { anchored: new Map([['file-1', 5]]) });
  anchoring.offer(head(5));
  await anchoring.settled();
  expect(kept).toEqual([]);
  anchoring.offer(head(6));
  await anchoring.settled();
  expect(kept).toEqual([6]);
});

/** Time that passes when somebody waits for it; `during` is done while they do. */
function waiting(during: (waited: readonly number[]) => void) {
  let now = 0;
  const waited: number[] = [];
  return {
    waited,
    clock: () => now,
    sleep: (ms: number) => {
      waited.push(ms);
      during(waited);
      now += ms;
      return Promise.resolve();
    },
  };
}

test('of heads that come quickly the newest goes, once the time is there', async () => {
  const time = waiting(() => {
    for (const size of [3, 4]) anchoring.offer(head(size));
  });
  const { anchoring, kept } = start(taken, { everyMs: 60_000, ...time });
  anchoring.offer(head(1));
  await anchoring.settled();
  anchoring.offer(head(2));
  await anchoring.settled();
  expect(kept).toEqual([1, 4]);
  expect(time.waited).toEqual([60_000]);
});

test('a place that is down is tried again, later each time, with the newest head', async () => {
  let failures = 4;
  const time = waiting(({ length }) => {
    if (length === 3) anchoring.offer(head(2));
  });
  const { anchoring, kept } = start(
    (offered) => (failures-- > 0 ? Promise.reject(new Error('down')) : taken(offered)),
    time,
  );
  anchoring.offer(head(1));
  await anchoring.settled();
  expect(kept).toEqual([2]);
  expect(time.waited).toEqual([1000, 2000, 4000, 8000]);
});

test('it ends when it is told to, also while it waits', async () => {
  const { anchoring, kept, stop } = start(() => Promise.reject(new Error('down')));
  anchoring.offer(head(1));
  await new Promise((done) => setTimeout(done, 5));
  stop.abort();
  await anchoring.settled();
  expect(kept).toEqual([]);
});
