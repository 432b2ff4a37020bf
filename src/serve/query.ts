import { z } from 'zod';
import type { TimeRange } from '../domain/ports.ts';
import { levels } from '../domain/severity.ts';
import { DAY_MS, SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { ApiError } from './api-error.ts';
import { showAs } from './json-schema.ts';

export const MAX_ROWS = 1000;
const MAX_OFFSET = 1_000_000;
const MOST_PER_SECOND = 100;
const DEFAULT_WINDOW_MS = 30 * DAY_MS;
/** A year and a month: longer than any audit period that is looked at as a whole. */
const MAX_WINDOW_MS = 400 * DAY_MS;

const fixes: Readonly<Record<string, string>> = {
  from: 'Give epoch milliseconds, or ISO 8601 with a zone such as 2026-03-02T09:00:00Z.',
  to: 'Give epoch milliseconds, or ISO 8601 with a zone such as 2026-03-02T09:00:00Z.',
  level: `Give one of ${levels.join(', ')}.`,
  assertion: 'Give an assertion id such as logging.diagnostic-settings.kept.',
  framework: 'Give a framework id such as soc2, or all.',
  limit: `Give a whole number from 1 to ${MAX_ROWS}.`,
  offset: `Give a whole number from 0 to ${MAX_OFFSET}.`,
  matched: 'Give true or false.',
  rate: `Give a whole number from 1 to ${MOST_PER_SECOND}.`,
};

const isoWithZone = z.iso.datetime({ offset: true });

const moment = (description: string) =>
  showAs(
    z
      .string()
      .max(32)
      .transform((text, context) => {
        const time = /^\d{1,15}$/.test(text)
          ? Number(text)
          : isoWithZone.safeParse(text).success
            ? Date.parse(text)
            : Number.NaN;
        if (time >= 0 && time <= 8.64e15) return time;
        context.addIssue({ code: 'custom', message: 'This is no moment in time.' });
        return z.NEVER;
      })
      .optional(),
    { type: 'string', pattern: '^(\\d{1,15}|\\d{4}-\\d{2}-\\d{2}T.+)$', description },
  );

const wholeNumber = (minimum: number, maximum: number, byDefault: number, description: string) =>
  showAs(
    z
      .string()
      .regex(/^\d{1,7}$/, 'This is no whole number.')
      .transform(Number)
      .pipe(z.int().min(minimum).max(maximum))
      .default(byDefault),
    { type: 'integer', minimum, maximum, default: byDefault, description },
  );

const idText = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:()-]{0,99}$/, 'This is no id.')
  .optional();

/** The parameters a route may take; a route picks the ones it knows and refuses the rest. */
export const parameters = {
  from: moment(`Start of the window, included. ${fixes['from']} Default: 30 days before the end.`),
  to: moment(`End of the window, not included; a future moment is read as now. ${fixes['to']} Default: now.`),
  level: z.enum(levels).optional().describe('Only findings of this level.'),
  assertion: idText.describe('Only findings that speak to this assertion.'),
  framework: idText.describe('Only this framework; all, or left out, is every one.'),
  limit: wholeNumber(1, MAX_ROWS, 100, 'Most items in the answer.'),
  offset: wholeNumber(0, MAX_OFFSET, 0, 'Items to leave out before the first.'),
  source: idText.describe('Only events of this source.'),
  eventClass: idText.describe('Only events of this class, such as entra_signin.'),
  matched: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('true: only events that a detection matches.'),
  rate: wholeNumber(1, MOST_PER_SECOND, 10, 'Most events a second.'),
};

export const noQuery = z.strictObject({});

export interface WindowQuery {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * The window a query asks for. Its end is never after now: posture at a moment that has not come would call
 * all evidence expired.
 *
 * @throws ApiError QUERY_INVALID when the window is empty or longer than 400 days.
 */
export function windowOf(query: WindowQuery, clock: Clock): TimeRange {
  const now = clock();
  // Cut to the second, so that the panels of one refresh ask for the same posture.
  const to = query.to === undefined || query.to > now ? now - (now % SECOND_MS) : query.to;
  const from = query.from ?? Math.max(0, to - DEFAULT_WINDOW_MS);
  if (from >= to)
    throw new ApiError(
      'QUERY_INVALID',
      'query.from',
      'The window is empty.',
      'Let from be earlier than to, and earlier than now.',
    );
  if (to - from > MAX_WINDOW_MS)
    throw new ApiError(
      'QUERY_INVALID',
      'query.from',
      'The window is longer than 400 days.',
      'Ask for parts of it, one after the other.',
    );
  return { from, to };
}

/** The first thing wrong with a query, in words. */
export function queryProblem(error: z.ZodError, part: string): ApiError {
  const [issue] = error.issues;
  const name = String(issue?.path[0] ?? '');
  const where = name === '' ? part : `${part}.${name}`;
  if (issue?.code === 'unrecognized_keys')
    return new ApiError(
      'QUERY_INVALID',
      part,
      `There is no parameter ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}.`,
      'Leave it out; /openapi.json lists the parameters of every path.',
    );
  return new ApiError(
    'QUERY_INVALID',
    where,
    issue?.message ?? 'This cannot be read.',
    fixes[name] ?? 'See /openapi.json.',
  );
}
