import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CorrelationHit } from '../../../src/detect/correlate/correlator.ts';
import { define } from './oracle.ts';
import type { DefinedFinding } from './oracle.ts';
import { correlatorOf, plansOf, SECOND } from './support.ts';
import { IDLE_S, LATENESS_S, play, worlds } from './worlds.ts';
import type { World } from './worlds.ts';

const asDefined = (hits: readonly CorrelationHit[]): readonly DefinedFinding[] =>
  hits
    .map(({ moment: { id, time, value, count, events } }) => ({ id, time, value, count, events }))
    .toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));

const sorted = (findings: readonly DefinedFinding[]): readonly DefinedFinding[] =>
  findings.toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));

/** Sums may be shown with another last digit: whether they pass is compared exactly, by which findings there are. */
const shown = (findings: readonly DefinedFinding[]): readonly DefinedFinding[] =>
  findings.map((finding) => ({ ...finding, value: Number(finding.value.toPrecision(12)) }));

/** Undefined for texts that are refused, as a condition that can never be true is. */
function plansIn({ texts }: World): ReturnType<typeof plansOf> | undefined {
  try {
    return plansOf(...texts);
  } catch {
    return undefined;
  }
}

test('finds what the definition, computed from scratch, says: any order within the bound, duplicates, ties, chains', () => {
  let [compared, found, underWay] = [0, 0, 0];
  fc.assert(
    fc.property(worlds, (world) => {
      const plans = plansIn(world);
      fc.pre(plans !== undefined);
      const correlator = correlatorOf(plans, {
        latenessMs: LATENESS_S * SECOND,
        idleAfterMs: IDLE_S * SECOND,
      });
      const early = play(correlator, world.messages);
      const hits = [...early, ...correlator.finish()];
      const defined = define(plans, world.events);
      compared++;
      underWay += early.length;
      found += defined.length;
      expect(shown(asDefined(hits))).toEqual(shown(sorted(defined)));
    }),
    { numRuns: Number(process.env['PLUMBLINE_WORLDS'] ?? 500) },
  );
  // A test that compares nothing with nothing would pass too.
  expect(compared).toBeGreaterThan(300);
  expect(found).toBeGreaterThan(compared);
  expect(underWay).toBeGreaterThan(found / 10);
}, 60_000);
