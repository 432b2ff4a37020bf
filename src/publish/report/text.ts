import { formatDuration, iso } from '../../lib/clock.ts';

/** No line break between a number and its unit. */
const GLUE = '\u00A0';

/** `27,133`. */
export const number = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 finding`, `27,133 findings`. */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : many}`;

/**
 * `92.4 %`. Rounds so that nothing looks better or emptier than it is: 100 % and 0 % mean exactly that.
 * `unknown` when there is nothing to divide by.
 */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return 'unknown';
  const share = (100 * part) / whole;
  if (share > 0 && share < 0.1) return `<${GLUE}0.1${GLUE}%`;
  if (share < 100 && share > 99.9) return `>${GLUE}99.9${GLUE}%`;
  return `${(Math.round(share * 10) / 10).toString()}${GLUE}%`;
}

/** `12 of 48,120 (< 0.1 %)`. */
export const share = (part: number, whole: number): string =>
  `${number(part)} of ${number(whole)} (${percent(part, whole)})`;

/** `2026-03-02 09:00 UTC`. */
export const utc = (timeMs: number): string => `${iso(timeMs).slice(0, 16).replace('T', ' ')} UTC`;

/** Time passed in the largest two units, never negative. */
export const lasting = (fromMs: number, toMs: number): string =>
  formatDuration(Math.max(0, toMs - fromMs)).replace(/(\d) (?=[a-z])/g, `$1${GLUE}`);

/** `a, b and c`. */
export const sentenceList = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;

/** A value cut to a length that a page can bear, saying so. */
export const clipped = (text: string, length = 300): string =>
  text.length <= length
    ? text
    : `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}… (${count(text.length, 'character')} in all)`;

/** A phrase begun like a sentence, unless it begins with an id such as `azure_openai`. */
export const sentence = (phrase: string): string =>
  /^[a-z]+(?=[ ,.]|$)/.test(phrase) ? `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)}` : phrase;
