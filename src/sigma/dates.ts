import type { TimePart } from './ast.ts';

const isoDate =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::\d\d(?:\.\d+)?)?\s*(?:Z|[+-]\d\d:?\d\d)?)?$/iu;

/** Entra ID and Event Hubs write `8/22/2022 6:07:16 PM`, the latter with ` +00:00` behind it. */
const unitedStatesDate =
  /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})(?: (?<hour>\d{1,2}):(?<minute>\d\d)(?::\d\d(?:\.\d+)?)? (?<half>[AP])M(?: [+-]\d\d:\d\d)?)?$/iu;

/**
 * Reads one part out of a date as it is written: "not designed to handle timezone or format conversions" (modifier
 * appendix), so 23:30+02:00 is hour 23. ISO 8601, or as the United States write it; `week` is the ISO week. Undefined
 * when the text is no such date or does not say the part.
 */
export function timePartOf(text: string, part: TimePart): number | undefined {
  const groups = (isoDate.exec(text.trim()) ?? unitedStatesDate.exec(text.trim()))?.groups;
  if (groups === undefined) return undefined;
  if (part === 'week') return isoWeek(Number(groups['year']), Number(groups['month']), Number(groups['day']));
  const written = groups[part];
  if (written === undefined) return undefined;
  const half = groups['half'];
  if (part !== 'hour' || half === undefined) return Number(written);
  return (Number(written) % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
}

/** The week that holds the Thursday of the day's week (ISO 8601). */
function isoWeek(year: number, month: number, day: number): number {
  const date = new Date(Date.UTC(year, month - 1, day));
  const thursday = date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * 86_400_000;
  const firstOfYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - firstOfYear) / (7 * 86_400_000)) + 1;
}
