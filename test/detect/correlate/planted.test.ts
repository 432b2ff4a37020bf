import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { createCorrelator } from '../../../src/detect/correlate/correlator.ts';
import { define } from './oracle.ts';
import { correlatorOf, plansOf, SECOND } from './support.ts';
import { IDLE_S, LATENESS_S, play, worlds } from './worlds.ts';

const source = resolve(import.meta.dirname, '../../../src');
let workshop: string;

beforeAll(() => {
  workshop = mkdtempSync(join(tmpdir(), 'plumbline-planted-'));
});
afterAll(() => rmSync(workshop, { recursive: true, force: true }));

/** The correlator with one text of its source replaced. */
async function planted(
  name: string,
  file: string,
  from: string,
  to: string,
): Promise<typeof createCorrelator> {
  const copy = join(workshop, name);
  for (const folder of ['lib', 'domain', 'sigma', 'detect'])
    cpSync(join(source, folder), join(copy, folder), { recursive: true });
  const path = join(copy, 'detect/correlate', file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
  const url = pathToFileURL(join(copy, 'detect/correlate/correlator.ts')).href;
  return ((await import(/* @vite-ignore */ url)) as { createCorrelator: typeof createCorrelator })
    .createCorrelator;
}

/** True when random worlds tell the correlator from the definition. */
function isNoticed(create: typeof createCorrelator): boolean {
  const { failed } = fc.check(
    fc.property(worlds, (world) => {
      let plans;
      try {
        plans = plansOf(...world.texts);
      } catch {
        return true;
      }
      const settings = { latenessMs: LATENESS_S * SECOND, idleAfterMs: IDLE_S * SECOND };
      const correlator = correlatorOf(plans, settings, create);
      const hits = [...play(correlator, world.messages), ...correlator.finish()];
      const describe = (each: {
        readonly id: string;
        readonly time: number;
        readonly count: number;
      }): string => `${each.id} ${each.time} ${each.count}`;
      const found = hits.map(({ moment }) => describe(moment)).toSorted();
      return JSON.stringify(found) === JSON.stringify(define(plans, world.events).map(describe).toSorted());
    }),
    { numRuns: 300, seed: 20_260_302, endOnFailure: true },
  );
  return failed;
}

test('the correlator as it is passes where the planted ones below fail', async () => {
  const create = await planted('sound', 'groups.ts', 'time - timespanMs', 'time - timespanMs');
  expect(isNoticed(create)).toBe(false);
});

test.each([
  ['the end of a window off by one', 'groups.ts', '< time - timespanMs', '<= time - timespanMs'],
  ['duplicates counted', 'correlator.ts', 'waitingIds.has(event.id)', 'waitingIds.has("")'],
  ['a watermark that runs ahead', 'watermark.ts', 'stream.newest - latenessMs', 'stream.newest'],
  ['a window that never forgets', 'groups.ts', 'group.window.remove(oldest);', ''],
  ['an event that follows itself', 'window.ts', 'matched.toReversed()', 'matched'],
])('random worlds notice %s', async (name, file, from, to) => {
  expect(isNoticed(await planted(name.replaceAll(' ', '-'), file, from, to))).toBe(true);
});
