/** A time that was read, and how its form was mended; undefined when it was plain ISO 8601 with a zone. */
export interface ReadTime {
  /** Epoch ms; anything finer is cut off. */
  readonly ms: number;
  readonly how: string | undefined;
}

/** .NET ticks (100 ns since year 1) at the Unix epoch. */
const epochTicks = 621_355_968_000_000_000;
/** 1990 to 2200: outside lie placeholders such as year 1, and numbers that are no times. */
const earliest = Date.UTC(1990, 0, 1);
const latest = Date.UTC(2200, 0, 1);

const iso =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/;
const us =
  /^(\d{1,2})\/(\d{1,2})\/(\d{4}),?(?:\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:\s*([AaPp])\.?[Mm]\.?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/;
const dotnet = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/;

/**
 * Reads a time in any form that Azure was seen to write: ISO 8601 with any number of fraction digits, with an
 * offset or without (then UTC), `8/22/2022 6:07:16 PM`, `/Date(…)/`, and numbers or digits that are epoch
 * seconds, ms, us, ns or .NET ticks. Never depends on the machine's locale or zone. Undefined: not a time.
 */
export function readTime(value: unknown): ReadTime | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string') return undefined;
  const plain = plainIso(value);
  if (plain !== undefined) return within(plain, undefined);
  if (value.length > 64) return undefined;
  const text = value.trim();
  if (/^-?\d{9,20}(?:\.\d+)?$/.test(text)) return fromNumber(Number(text));
  const isoParts = iso.exec(text);
  if (isoParts !== null) {
    const [, year, month, day, hour, minute, second, fraction, zone] = isoParts;
    const at = utc(year, month, day, hour, minute, second, fraction);
    return within(at - offsetMs(zone), zone === undefined ? 'no-zone' : looseness(text));
  }
  const usParts = us.exec(text);
  if (usParts !== null) {
    const [, month, day, year, hour, minute, second, fraction, half, zone] = usParts;
    const at = utc(year, month, day, halfDay(hour, half), minute, second, fraction);
    return within(at - offsetMs(zone), 'us-date');
  }
  const dotnetParts = dotnet.exec(text);
  return dotnetParts === null ? undefined : within(Number(dotnetParts[1]), 'dotnet-date');
}

/** `2026-03-02T09:00:00.1234567Z`, by far the most common form, without a regular expression. */
function plainIso(text: string): number | undefined {
  const { length } = text;
  if (length < 20 || length > 30 || text.charCodeAt(length - 1) !== 0x5a) return undefined;
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || text.charCodeAt(10) !== 0x54)
    return undefined;
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a) return undefined;
  let fraction = 0;
  if (length > 20) {
    if (text.charCodeAt(19) !== 0x2e) return undefined;
    for (let i = 20, scale = 100; i < length - 1; i++, scale /= 10) {
      const digit = text.charCodeAt(i) - 0x30;
      if (digit < 0 || digit > 9) return undefined;
      if (scale >= 1) fraction += digit * scale;
    }
  }
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const at = checkedUtc(digits(text, 0, 4), month, day, hour, minute, second, fraction);
  return Number.isNaN(at) ? undefined : at;
}

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Epoch ms; NaN when there is no such moment, such as 31 April. A leap second counts as the second after. */
function checkedUtc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
): number {
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  return isDay && hour <= 23 && minute <= 59 && second <= 60
    ? Date.UTC(year, month - 1, day, hour, minute, second, ms)
    : Number.NaN;
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const daysIn = (year: number, month: number): number =>
  month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : (monthDays[month - 1] ?? 0);

function utc(
  year = '',
  month = '',
  day = '',
  hour = '0',
  minute = '0',
  second = '0',
  fraction = '0',
): number {
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return checkedUtc(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    ms,
  );
}

/** 12 AM is midnight, 12 PM noon; an hour above 12 beside AM or PM is no time. */
function halfDay(hour = '0', half: string | undefined): string {
  if (half === undefined) return hour;
  const value = Number(hour);
  if (value < 1 || value > 12) return 'x';
  return String((value % 12) + (half.toLowerCase() === 'p' ? 12 : 0));
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || !/^[+-]/.test(zone)) return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', ''))) * 60_000;
}

/** Standard ISO with an offset is nothing to remark on; slashes, single digits or a space are. */
const looseness = (text: string): string | undefined =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? undefined : 'loose-iso';

function fromNumber(value: number): ReadTime | undefined {
  const size = Math.abs(value);
  if (size < 1e11) return within(value * 1000, 'epoch-s');
  if (size < 1e14) return within(value, 'epoch-ms');
  if (size < 1e17) return within(value / 1000, 'epoch-us');
  if (size < 1e18) return within((value - epochTicks) / 10_000, 'ticks');
  return within(value / 1_000_000, 'epoch-ns');
}

const within = (ms: number, how: string | undefined): ReadTime | undefined =>
  ms >= earliest && ms < latest ? { ms: Math.floor(ms), how } : undefined;
