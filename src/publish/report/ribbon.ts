import type { StatusStep } from '../../domain/control.ts';
import { standing } from './figures.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { shownStatuses, statusLook } from './status.ts';
import { lasting, sentenceList, utc } from './text.ts';

export const HEIGHT = 16;
/** Beyond this many steps, neighbours would be thinner than a hair anyway. */
const MAX_STEPS = 400;

/** Textures are defined once a page and referred to by every ribbon. */
export const ribbonDefinitions: Html = html`<svg
  class="defs"
  width="0"
  height="0"
  aria-hidden="true"
  focusable="false"
>
  <defs>
    <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <path class="hatch" d="M0 0V5" />
    </pattern>
  </defs>
</svg>`;

/** Top and height of each texture: the normal state stays thin, absence and failure take the whole height. */
const band = (status: StatusStep['status']): { y: number; height: number } => {
  switch (status) {
    case 'PASS':
      return { y: 6, height: 4 };
    case 'ATTESTED':
      return { y: 5, height: 6 };
    case 'NOT_APPLICABLE':
    case 'MANUAL_ONLY':
      return { y: 7.5, height: 1 };
    case 'EXCEPTION':
      return { y: 2, height: 12 };
    case 'FAIL':
    case 'AT_RISK':
    case 'NO_EVIDENCE':
      return { y: 1, height: 14 };
  }
};

const place = (value: number): string => `${Number(value.toFixed(3))}%`;

/** One control over the window. Time runs left to right; what is not known is left blank. */
export function ribbon(history: readonly StatusStep[], from: number, to: number): Html {
  const windowMs = Math.max(1, to - from);
  const inside = history.filter((step) => step.to > from && step.from < to);
  const shown = inside
    .slice(-MAX_STEPS)
    // Bad news is drawn last, so that a short failure is never covered by what follows it.
    .toSorted((a, b) => shownStatuses.indexOf(b.status) - shownStatuses.indexOf(a.status) || a.from - b.from);
  const rects = shown.map((step) => {
    const start = Math.max(step.from, from);
    const { y, height } = band(step.status);
    return html`<rect
      class="r-${statusLook[step.status].name}"
      x="${place((100 * (start - from)) / windowMs)}"
      y="${y}"
      width="${place((100 * (Math.min(step.to, to) - start)) / windowMs)}"
      height="${height}"
    />`;
  });
  return html`<svg
    class="ribbon"
    role="img"
    aria-label="${ribbonFinding(history, from, to)}"
    height="${HEIGHT}"
    focusable="false"
  >
    ${rects}
  </svg>`;
}

/** The finding that the ribbon shows, in words: what was not PASS, for how long, and whether it still is. */
export function ribbonFinding(history: readonly StatusStep[], from: number, to: number): string {
  const { byStatus, gapMs, windowMs } = standing(history, from, to);
  const whole = lasting(from, to);
  const parts = shownStatuses
    .filter((status) => (byStatus[status] ?? 0) > 0)
    .map((status) => {
      const lengthMs = byStatus[status] ?? 0;
      const word = statusLook[status].word;
      if (lengthMs === windowMs) return `${word} for all of ${whole}`;
      const last = history.findLast((step) => step.status === status && step.to > from && step.from < to);
      const isNow = last !== undefined && last.to >= to;
      const since = isNow ? `, now, since ${utc(Math.max(last.from, from))}` : '';
      const until = last !== undefined && !isNow && status !== 'PASS' ? `, until ${utc(last.to)}` : '';
      return `${word} for ${lasting(0, lengthMs)}${since}${until}`;
    });
  if (gapMs > 0) parts.push(`not known for ${lasting(0, gapMs)}`);
  return parts.length === 0
    ? `Nothing is known for ${whole}.`
    : `${sentenceList(parts)}, in a window of ${whole}.`;
}
