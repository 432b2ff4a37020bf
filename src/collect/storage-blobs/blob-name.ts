import { DAY_MS, HOUR_MS } from '../../lib/clock.ts';

/** What the name of an hour's blob says: `<series>y=2026/m=03/d=02/h=09/m=00/<rest>`. */
export interface HourlyName {
  /** What comes before the date, one resource or one tenant: `resourceId=/SUBSCRIPTIONS/…/`. */
  readonly series: string;
  /** The name without its day. All blobs of a lane cover the same hour, one a day. */
  readonly lane: string;
  /** Days since the Unix epoch, UTC. */
  readonly day: number;
  /** Start of the hour, epoch ms. */
  readonly hour: number;
}

const pattern = /^(.*?)y=(\d{4})\/m=(\d\d)\/d=(\d\d)\/(h=(\d\d)\/m=\d\d\/.+)$/s;

/**
 * Reads the name of a blob as Azure Monitor and Network Watcher write them: one blob a resource (and network interface)
 * and hour. Undefined for other blobs.
 * https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs#send-to-azure-storage
 */
export function parseBlobName(name: string): HourlyName | undefined {
  const [, series = '', year, month, date, rest = '', hh] = pattern.exec(name) ?? [];
  if (year === undefined) return undefined;
  const start = Date.UTC(Number(year), Number(month) - 1, Number(date));
  const isReal = new Date(start).toISOString().startsWith(`${year}-${month ?? ''}-${date ?? ''}`);
  const hours = Number(hh);
  if (!isReal || hours > 23 || start < 0) return undefined;
  const lane = series + rest;
  return { series, lane, day: start / DAY_MS, hour: start + hours * HOUR_MS };
}

/** `y=2026/m=03/d=02/`: goes behind a series, to list the blobs of one day. */
export function dayPrefix(day: number): string {
  const [year, month, date] = new Date(day * DAY_MS).toISOString().slice(0, 10).split('-');
  return `y=${year ?? ''}/m=${month ?? ''}/d=${date ?? ''}/`;
}

/** More than any blob holds, and with it a sequence stays a safe integer until the year 2149. */
const SPAN = 2 ** 37;

/** The place behind so many bytes of a day's blob, among the sequences of its lane. */
export const sequenceAt = (day: number, offset: number): number => day * SPAN + offset;

/** The day and the bytes of its blob that a sequence stands behind. */
export const placeAt = (sequence: number): { readonly day: number; readonly offset: number } => ({
  day: Math.floor(sequence / SPAN),
  offset: sequence % SPAN,
});
