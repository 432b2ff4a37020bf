import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statuses } from '../../../src/domain/control.ts';
import type { Status, StatusStep } from '../../../src/domain/control.ts';
import { DAY_MS, HOUR_MS } from '../../../src/lib/clock.ts';
import { standing } from '../../../src/publish/report/figures.ts';
import { ribbon, ribbonFinding } from '../../../src/publish/report/ribbon.ts';
import { bins, strip } from '../../../src/publish/report/strip.ts';
import { T0 } from '../../support/samples.ts';

const FROM = T0 - 10 * DAY_MS;
const plain = (text: string): string => text.replaceAll('\u00A0', ' ');
const step = (fromDay: number, toDay: number, status: Status): StatusStep => ({
  from: FROM + fromDay * DAY_MS,
  to: FROM + toDay * DAY_MS,
  status,
});

test('a ribbon says in words what it shows, and leaves blank what is not known', () => {
  const history = [step(1, 6, 'PASS'), step(6, 7, 'NO_EVIDENCE'), step(7, 8, 'PASS'), step(8, 10, 'FAIL')];
  expect(plain(ribbonFinding(history, FROM, T0))).toBe(
    'FAIL for 2 d, now, since 2026-02-28 09:00 UTC, NO EVIDENCE for 1 d, until 2026-02-27 09:00 UTC, PASS for 6 d and not known for 1 d, in a window of 10 d.',
  );
  const { html } = ribbon(history, FROM, T0);
  expect(html).toContain('role="img"');
  expect(html).toContain('x="10%"');
  expect(html.match(/<rect/g)).toHaveLength(4);
  expect(html.indexOf('r-pass')).toBeLessThan(html.indexOf('r-fail'));
});

test('one status for the whole window, and none at all, are said as such', () => {
  expect(plain(ribbonFinding([step(-5, 30, 'PASS')], FROM, T0))).toBe(
    'PASS for all of 10 d, in a window of 10 d.',
  );
  expect(plain(ribbonFinding([], FROM, T0))).toBe('not known for 10 d, in a window of 10 d.');
  expect(ribbonFinding([], FROM, FROM)).toContain('Nothing is known');
});

test('every status has a texture of its own', () => {
  const shapes = [...statuses, 'MANUAL_ONLY' as const].map(
    (status) => ribbon([step(0, 10, status)], FROM, T0).html,
  );
  expect(new Set(shapes).size).toBe(statuses.length + 1);
});

const history = fc
  .array(fc.record({ hours: fc.integer({ min: 1, max: 80 }), status: fc.constantFrom(...statuses) }), {
    maxLength: 30,
  })
  .map((drafts) => {
    let at = FROM - 5 * HOUR_MS;
    return drafts.map(({ hours, status }): StatusStep => {
      const from = at;
      at += hours * HOUR_MS;
      return { from, to: at, status };
    });
  });

describe('the figures of a history', () => {
  test('count PASS as strict, approved and recent failures as adjusted, and keep gaps in the denominator', () => {
    const held = standing(
      [
        step(1, 4, 'PASS'),
        step(4, 5, 'EXCEPTION'),
        step(5, 6, 'AT_RISK'),
        step(6, 8, 'NOT_APPLICABLE'),
        step(8, 10, 'NO_EVIDENCE'),
      ],
      FROM,
      T0,
    );
    expect(held).toMatchObject({
      windowMs: 10 * DAY_MS,
      gapMs: DAY_MS,
      countedMs: 8 * DAY_MS,
      strictMs: 3 * DAY_MS,
      adjustedMs: 5 * DAY_MS,
      evidencedMs: 7 * DAY_MS,
    });
  });

  test('add up to the window, and strict never exceeds adjusted', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const held = standing(steps, FROM, T0);
        const sum = Object.values(held.byStatus).reduce((a, b) => a + b, 0);
        expect(sum + held.gapMs).toBe(held.windowMs);
        expect(held.strictMs).toBeLessThanOrEqual(held.adjustedMs);
        expect(held.adjustedMs).toBeLessThanOrEqual(held.countedMs);
        expect(held.evidencedMs).toBeLessThanOrEqual(held.windowMs);
      }),
    );
  });

  test('stay inside the picture', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const [, x, width] of ribbon(steps, FROM, T0).html.matchAll(
          /x="([\d.]+)%"[^/]*?width="([\d.]+)%"/gs,
        )) {
          expect(Number(x)).toBeGreaterThanOrEqual(0);
          expect(Number(x) + Number(width)).toBeLessThanOrEqual(100.01);
        }
      }),
    );
  });
});

test('a strip counts every finding once, in the bin of its day', () => {
  expect(bins([FROM, FROM + DAY_MS - 1, FROM + DAY_MS], FROM, T0)).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(bins([], FROM, FROM)).toEqual([0]);
  expect(bins([FROM + HOUR_MS], FROM, FROM + 3 * HOUR_MS)).toEqual([0, 1, 0]);
  expect(bins([], FROM, FROM + 3650 * DAY_MS).length).toBeLessThanOrEqual(124);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: FROM, max: T0 - 1 })), (times) => {
      expect(bins(times, FROM, T0).reduce((a, b) => a + b, 0)).toBe(times.length);
    }),
  );
});

test('a strip says when most was found, or that nothing was', () => {
  const window = { from: FROM, to: T0 };
  expect(strip([FROM + 2 * DAY_MS, FROM + 2 * DAY_MS + 1, T0 - 1], window, 2, 'l-3').html).toContain(
    'aria-label="3 findings, most from 2026-02-22 on: 2 findings."',
  );
  expect(strip([], window, 1, 'l-3').html).toContain('None in the window.');
});
