import { DAY_MS, HOUR_MS, isoDay } from '../../lib/clock.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { count, utc } from './text.ts';

/** Windows up to this are counted by the hour, longer ones by the day. */
export const HOURLY_UP_TO_MS = 4 * DAY_MS;
const HEIGHT = 28;
const MAX_BINS = 124;

/** Counts per bin over [from, to): hours or days when they fit, else as many equal bins as can be told apart. */
export function bins(times: readonly number[], from: number, to: number): readonly number[] {
  const lengthMs = Math.max(1, to - from);
  const perBinMs = Math.max(lengthMs <= HOURLY_UP_TO_MS ? HOUR_MS : DAY_MS, lengthMs / MAX_BINS);
  const counts = Array.from({ length: Math.max(1, Math.ceil(lengthMs / perBinMs)) }, () => 0);
  for (const time of times) {
    const place = Math.floor((time - from) / perBinMs);
    const sofar = counts[place];
    if (sofar !== undefined) counts[place] = sofar + 1;
  }
  return counts;
}

/** Bars from zero over the window; `scale` is the count that fills the height, so that strips can share it. */
export function strip(
  times: readonly number[],
  window: { readonly from: number; readonly to: number },
  scale: number,
  className: string,
): Html {
  const { from, to } = window;
  const counts = bins(times, from, to);
  const most = Math.max(...counts);
  const lengthMs = to - from;
  const mostAt = from + (counts.indexOf(most) / counts.length) * lengthMs;
  const finding =
    most === 0
      ? 'None in the window.'
      : `${count(times.length, 'finding')}, most from ${to - from > HOURLY_UP_TO_MS ? isoDay(mostAt) : utc(mostAt)} on: ${count(most, 'finding')}.`;
  const width = 100 / counts.length;
  const bars = counts.flatMap((value, i) => {
    if (value === 0) return [];
    const height = Math.max(2, (value / Math.max(1, scale)) * (HEIGHT - 2));
    return [
      html`<rect
        class="${className}"
        x="${(i * width).toFixed(3)}%"
        y="${(HEIGHT - 1 - height).toFixed(2)}"
        width="${(width * 0.8).toFixed(3)}%"
        height="${height.toFixed(2)}"
      />`,
    ];
  });
  return html`<svg class="strip" role="img" aria-label="${finding}" height="${HEIGHT}" focusable="false">
    <rect class="track" y="${HEIGHT - 1}" width="100%" height="1" />
    ${bars}
  </svg>`;
}
