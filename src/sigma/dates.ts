import type { TimePart } from './ast.ts';

const isoDate =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::\d\d(?:\.\d+)?)?\s*(?:Z|[+-]\d\d:?\d\d)?)?$/iu;

/**
 * Reads one part out of an ISO 8601 date as it is written: "not designed to handle timezone or format conversions"
 * (modifier appendix), so 23:30+02:00 is hour 23. `week` is the ISO week. Undefined when the text is no such date
 * or does not say the part.
 */
export function timePartOf(text: string, part: TimePart): number | undefined {
  const groups = isoDate.exec(text.trim())?.groups;
  if (groups === undefined) return undefined;
  if (part === 'week') return isoWeek(Number(groups['year']), Number(groups['month']), Number(groups['day']));
  const written = groups[part];
  return written === undefined ? undefined : Number(written);
}

/** The week that holds the Thursday of the day's week (ISO 8601). */
function isoWeek(year: number, month: number, day: number): number {
  const date = new Date(Date.UTC(year, month - 1, day));
  const thursday = date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * 86_400_000;
  const firstOfYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - firstOfYear) / (7 * 86_400_000)) + 1;
}
