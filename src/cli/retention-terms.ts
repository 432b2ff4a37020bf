import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { tableNames } from '../domain/tables.ts';
import { endOf, holdsOn, longestFor, parsePeriod, periodText } from '../domain/retention.ts';
import type { LegalHold, Period, RetentionRule } from '../domain/retention.ts';
import { DAY_MS, isoDay } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import { RETENTION_FILE } from '../map/read-folder.ts';
import { loadRetention } from '../map/retention.ts';
import { eventClasses } from '../normalise/registry.ts';
import type { OrderFacts } from '../proof/maintenance.ts';
import type { RetainOptions } from '../store/retain.ts';
import { holdsIn } from './erase.ts';
import type { Io } from './io.ts';
import { ProblemsError } from './problems.ts';
import { readGiven } from './upkeep.ts';

/** How long one thing is kept. */
export interface Term {
  readonly thing: string;
  /** Undefined: for ever. */
  readonly period: Period | undefined;
  readonly because: readonly string[];
}

const things = [...eventClasses.map(({ id }) => id), ...tableNames.filter((name) => name !== 'events')];

/** The rules that count: those of the frameworks in question, and the organisation's own. */
function rulesFor(io: Pick<Io, 'productFolder'>, config: Config): readonly RetentionRule[] {
  const own = join(config.mappings ?? join(io.productFolder, 'mappings'), RETENTION_FILE);
  const file = existsSync(own) ? own : join(io.productFolder, 'mappings', RETENTION_FILE);
  const { rules, problems } = loadRetention(readGiven(file), file);
  if (problems.length > 0) throw new ProblemsError(problems);
  const { frameworks, keep } = config.retention;
  const unknown = frameworks?.find((id) => rules.every(({ framework }) => framework !== id));
  if (unknown !== undefined)
    throw new PipelineError(
      'CONFIG_INVALID',
      'retention.frameworks',
      `${file} has no rule of ${unknown}; it has ${[...new Set(rules.map(({ framework }) => framework))].join(', ')}`,
    );
  return [
    ...rules.filter(({ framework }) => frameworks?.includes(framework) !== false),
    ...Object.entries(keep).map(([thing, text]) => ({
      id: `own-${thing}`,
      framework: 'own',
      covers: [thing],
      atLeast: parsePeriod(text),
      readable: undefined,
      source: 'retention.keep of the configuration',
    })),
  ];
}

function termsOf(rules: readonly RetentionRule[], atMost: string | undefined): Term[] {
  const limit = atMost === undefined ? undefined : parsePeriod(atMost);
  return things.map((thing) => {
    const kept = longestFor(rules, thing);
    if (kept !== undefined) return { thing, period: kept.period, because: kept.rules };
    return { thing, period: limit, because: limit === undefined ? [] : ['retention.atMost'] };
  });
}

function isPastBy(terms: readonly Term[], holds: readonly LegalHold[], now: number): RetainOptions['isPast'] {
  const periods = new Map(terms.map(({ thing, period }) => [thing, period]));
  return (thing, day) => {
    // A class that this version does not know is kept: nobody has said how long.
    const period = periods.get(thing);
    const start = Date.parse(day);
    const end = start + DAY_MS;
    return (
      period !== undefined && endOf(end, period) <= now && holdsOn(holds, thing, start, end, now).length === 0
    );
  };
}

const termText = ({ thing, period, because }: Term): string =>
  `${thing}: ${period === undefined ? 'for ever' : periodText(period)}${because.length === 0 ? '' : ` (${because.join(', ')})`}`;

/** How long each thing is kept, by the rules that count. @throws ProblemsError when a rule cannot be read. */
export const readTerms = (io: Pick<Io, 'productFolder'>, config: Config): readonly Term[] =>
  termsOf(rulesFor(io, config), config.retention.atMost);

/** What is past its time at a moment, unless a legal hold is on it, and the order to delete it. */
export function retentionNow(
  terms: readonly Term[],
  config: Config,
  now: number,
  { by, approvedBy }: { readonly by: string; readonly approvedBy: string },
): {
  readonly terms: readonly Term[];
  readonly holds: readonly LegalHold[];
  readonly about: (origin: string) => RetainOptions;
} {
  const holds = holdsIn(config.decisions);
  const rules = terms.map(termText);
  const order: OrderFacts = {
    act: 'retain',
    id: `retention-${isoDay(now)}`,
    reason: 'The periods of retention are over, and no legal hold is on it.',
    requestedBy: by,
    approvedBy,
    rules,
    basis: sha256Hex(JSON.stringify({ rules, holds })),
  };
  return {
    terms,
    holds,
    about: (origin) => ({ origin, order, things, isPast: isPastBy(terms, holds, now) }),
  };
}
