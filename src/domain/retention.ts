/** A length of time as laws write it: calendar years, months and days. */
export interface Period {
  readonly years: number;
  readonly months: number;
  readonly days: number;
}

/** How long a framework wants something kept, and where it says so. */
export interface RetentionRule {
  readonly id: string;
  readonly framework: string;
  /** Event classes, or tables of the lake; `*` for everything. */
  readonly covers: readonly string[];
  /** Undefined of a rule that only says data may not be kept for longer than there is a reason. */
  readonly atLeast: Period | undefined;
  /** What is this young must be readable at once, not from an archive. */
  readonly readable: Period | undefined;
  /** The article or section, and what of it is practice rather than law. */
  readonly source: string;
}

/** A decision that nothing of these days is deleted, whatever its age and whoever asks. */
export interface LegalHold {
  readonly id: string;
  readonly covers: readonly string[];
  readonly reason: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
  /** Of the data, epoch ms: days that overlap are held. */
  readonly from: number;
  readonly to: number;
  /** The hold itself ends then, epoch ms; undefined while it has no end. */
  readonly expires: number | undefined;
}

/** A decision that everything about a person is erased. */
export interface ErasureDecision {
  readonly id: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
}

/** What is known of a period of retention for one thing. */
export interface Kept {
  readonly period: Period;
  /** Ids of the rules; the longest is named first. */
  readonly rules: readonly string[];
}

/** `6y`, `12mo`, `90d`; undefined when it is none of these. */
export function parsePeriod(text: string): Period | undefined {
  const [, count, unit] = /^(\d{1,4})(y|mo|d)$/.exec(text) ?? [];
  if (count === undefined) return undefined;
  const n = Number(count);
  return { years: unit === 'y' ? n : 0, months: unit === 'mo' ? n : 0, days: unit === 'd' ? n : 0 };
}

const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

export function periodText({ years, months, days }: Period): string {
  const parts = [
    ...(years > 0 ? [plural(years, 'year')] : []),
    ...(months > 0 ? [plural(months, 'month')] : []),
    ...(days > 0 ? [plural(days, 'day')] : []),
  ];
  return parts.length === 0 ? 'no time' : parts.join(' ');
}

/** The end of a period, epoch ms. A month that is too short for the day ends with its last. */
export function endOf(from: number, { years, months, days }: Period): number {
  const date = new Date(from);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCFullYear(date.getUTCFullYear() + years, date.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last) + days);
  return date.getTime();
}

/** Periods are compared as they fall from one and the same day. */
const lengthOf = (period: Period): number => endOf(Date.UTC(2001, 0, 1), period);

/** The longest period that covers a thing; undefined when none does. */
export function longestFor(rules: readonly RetentionRule[], thing: string): Kept | undefined {
  const fitting = rules
    .flatMap(({ id, covers, atLeast }) =>
      atLeast !== undefined && (covers.includes('*') || covers.includes(thing)) ? [{ id, atLeast }] : [],
    )
    .toSorted((a, b) => lengthOf(b.atLeast) - lengthOf(a.atLeast));
  const [longest] = fitting;
  return longest === undefined ? undefined : { period: longest.atLeast, rules: fitting.map(({ id }) => id) };
}

/** The holds that are on a thing of a day, at `now`. */
export const holdsOn = (
  holds: readonly LegalHold[],
  thing: string,
  dayStart: number,
  dayEnd: number,
  now: number,
): readonly LegalHold[] =>
  holds.filter(
    ({ covers, from, to, expires }) =>
      (covers.includes('*') || covers.includes(thing)) &&
      from < dayEnd &&
      to > dayStart &&
      (expires === undefined || expires > now),
  );
