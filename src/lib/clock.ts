/** Milliseconds since the Unix epoch. Passed in wherever time matters, so that runs can be repeated. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** ISO 8601 in UTC with milliseconds. */
export const iso = (timeMs: number): string => new Date(timeMs).toISOString();

/** `2026-11-21` in UTC. */
export const isoDay = (timeMs: number): string => iso(timeMs).slice(0, 10);

const units = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const;

/** Milliseconds of `90s`, `5m`, `24h`, `7d`; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return Number(match[1]) * units[match[2] as keyof typeof units];
}

/** A duration in its largest two units: `2 d 3 h`, `14 m 20 s`, `800 ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < SECOND_MS) return `${Math.round(durationMs)} ms`;
  const parts: string[] = [];
  let rest = Math.round(durationMs / SECOND_MS) * SECOND_MS;
  for (const [unit, size] of [
    ['d', DAY_MS],
    ['h', HOUR_MS],
    ['m', MINUTE_MS],
    ['s', SECOND_MS],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}
