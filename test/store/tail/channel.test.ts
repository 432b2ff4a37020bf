import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { hearTails, speakTail } from '../../../src/store/tail/channel.ts';
import type { TailMessage } from '../../../src/store/tail/messages.ts';
import { createTailView } from '../../../src/store/tail/tail-view.ts';
import type { TailView } from '../../../src/store/tail/tail-view.ts';
import { aFinding, anEvent } from '../../support/samples.ts';
import { ORIGIN, temporaryFolder } from '../lakes.ts';

/** Who hears all writers of a lake, and asks again when something is missing. */
function listener(lake: string): { readonly view: TailView; readonly heard: TailMessage[] } {
  const heard: TailMessage[] = [];
  const view = createTailView({
    isSealed: () => false,
    more: () => undefined,
    anew: () => undefined,
    missed: () => tails.askAll(),
  });
  const tails = hearTails(lake, (message) => {
    heard.push(message);
    view.take(message);
  });
  tails.askAll();
  onTestFinished(() => tails[Symbol.dispose]());
  return { view, heard };
}

const eventsIn = (view: TailView): number =>
  view
    .parts()
    .reduce((sum, { events }) => sum + events.sources().reduce((n, source) => n + source.events, 0), 0);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

test('who listens hears what comes, and who comes late hears all that waits', async () => {
  const lake = await temporaryFolder();
  const early = listener(lake);
  const tail = speakTail(lake, ORIGIN);
  tail.watch.opened(4);
  tail.watch.event(anEvent({ id: 'e1' }));
  tail.watch.event(anEvent({ id: 'e2' }));
  await until(() => eventsIn(early.view) === 2);
  tail.watch.frozen(5);
  tail.watch.event(anEvent({ id: 'e3' }));
  const late = listener(lake);
  await until(() => eventsIn(late.view) === 3 && eventsIn(early.view) === 3);
  expect(late.view.partOf(ORIGIN, 5)?.rows.events).toBe(2);
  for (const { view } of [early, late]) view.sealed(ORIGIN, 5);
  expect([eventsIn(early.view), eventsIn(late.view)]).toEqual([1, 1]);
  tail[Symbol.dispose]();
  await until(() => eventsIn(early.view) === 0 && eventsIn(late.view) === 0);
});

test('writers of one lake are told apart, and another lake is not heard', async () => {
  const [lake, other] = [await temporaryFolder(), await temporaryFolder()];
  const { view } = listener(lake);
  const [first, second, stranger] = [
    speakTail(lake, `${ORIGIN}-1`),
    speakTail(lake, `${ORIGIN}-2`),
    speakTail(other, ORIGIN),
  ];
  for (const tail of [first, second, stranger]) {
    tail.watch.opened(0);
    tail.watch.event(anEvent());
    tail.watch.frozen(1);
  }
  await until(() => eventsIn(view) === 2);
  view.sealed(`${ORIGIN}-1`, 1);
  expect(eventsIn(view)).toBe(1);
  expect(view.hasHeard(`${ORIGIN}-2`, 1)).toBe(true);
  expect(view.hasHeard(`${ORIGIN}-2`, 2)).toBe(false);
  expect(view.hasHeard(ORIGIN, 7)).toBe(true);
  for (const tail of [first, second, stranger]) tail[Symbol.dispose]();
});

test('when a message is missing, nothing of its writer counts until it has said everything again', () => {
  const missed: number[] = [];
  let changes = 0;
  const view = createTailView({
    isSealed: (id) => id === 'fnd-sealed',
    more: () => changes++,
    anew: () => changes++,
    missed: () => missed.push(changes),
  });
  const rows = (events: number) => ({
    captures: events,
    events: [
      {
        source: 's',
        eventClass: 'storage',
        events,
        first: 60_000,
        last: 60_001,
        missing: 0,
        coerced: 0,
        ownFirst: undefined,
        ownLast: undefined,
      },
    ],
    findings: [aFinding({ id: 'fnd-sealed' }), aFinding({ id: 'fnd-new' })],
    observations: [],
    deadLetters: [],
  });
  const origin = ORIGIN;
  view.take({ kind: 'more', origin, n: 3, rows: rows(1) });
  expect([eventsIn(view), missed.length]).toEqual([0, 1]);
  view.take({ kind: 'whole', origin, n: 4, sealed: 0, parts: [{ seal: undefined, rows: rows(2) }] });
  view.take({ kind: 'more', origin, n: 5, rows: rows(3) });
  expect(eventsIn(view)).toBe(5);
  // What is sealed, or was said before, is one finding.
  expect(view.parts().map(({ findings }) => findings?.size)).toEqual([1]);
  view.take({ kind: 'frozen', origin, n: 7, seal: 1 });
  expect([eventsIn(view), missed.length]).toEqual([0, 2]);
  view.take({ kind: 'whole', origin, n: 8, sealed: 1, parts: [{ seal: 1, rows: rows(5) }] });
  view.take({ kind: 'more', origin, n: 9, rows: rows(1) });
  // A frozen part takes nothing in.
  expect(view.partOf(origin, 1)?.rows.captures).toBe(5);
});
