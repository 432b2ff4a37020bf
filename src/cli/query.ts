import { InvalidArgumentError, Option } from 'commander';
import { parseDuration, SECOND_MS } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import { configFor } from './configuration.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption, wholeNumber } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { openSealed } from './readers.ts';
import { columns, count } from './text.ts';

interface QueryOptions {
  readonly config?: string;
  readonly output: OutputFormat;
  readonly param: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly timeout: number;
  readonly memory: number;
}

const MOST_CELL = 60;

/** Collects `name=value`, one a time the option is given. */
function parameter(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name = '', value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('name=value is needed, where the statement says $name');
  return { ...before, [name]: value };
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1) throw new InvalidArgumentError('a duration is needed, such as 30s or 5m');
  return ms;
}

export const query: CommandSetUp = (command, io, done) => {
  command
    .argument('<sql>', 'one SELECT over captures, events, findings, observations, decisions, dead_letters')
    .option(
      '--param <name=value>',
      'a value where the statement says $name, as text; may be repeated',
      parameter,
      {},
    )
    .option('--limit <rows>', 'stop after so many rows', wholeNumber(1, 1_000_000), 1000)
    .addOption(
      new Option('--timeout <duration>', 'cancel it after this long')
        .argParser(duration)
        .default(60 * SECOND_MS, '60s'),
    )
    .option('--memory <MiB>', 'memory it may use', wholeNumber(32, 65_536), 512)
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Every table is as of the newest seal. Examples:
  plumbline query 'SELECT level, count(*) FROM findings GROUP BY level'
  plumbline query 'SELECT time, operation FROM events WHERE actor_name = $who ORDER BY time' --param who=ana@example.com
`,
    )
    .action(async (sql: string, options: QueryOptions) => done(await ask(io, sql, options)));
};

async function ask(io: Io, sql: string, options: QueryOptions): Promise<number> {
  const { queries } = await openSealed(configFor(io, options.config), {
    isFenced: true,
    timeoutMs: options.timeout,
    memoryLimit: `${options.memory}MiB`,
  });
  try {
    const rows: Readonly<Record<string, unknown>>[] = [];
    let isCut = false;
    await queries
      .each(sql, options.param, (row) => {
        isCut = rows.length === options.limit;
        if (!isCut) rows.push(plain(row));
        return !isCut;
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof PipelineError) throw thrown;
        // What DuckDB says is about the statement, and the best there is to say about it.
        throw new PipelineError('USAGE', 'query', describeError(thrown), { cause: thrown });
      });
    if (isCut) io.err(`plumbline: cut after ${count(options.limit)} rows; --limit takes more\n`);
    writeResult(io, options.output, { value: rows, rows, table: () => tableOf(rows) });
    return exitCodes.ok.code;
  } finally {
    queries.close();
  }
}

/** A row as JSON can say it: times as ISO 8601, bytes as base64, whole numbers as such as long as they are exact. */
const plain = (row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null) return plain(value as Record<string, unknown>);
  return value;
}

/** One line whatever is in it: a record's text must not move the cursor of who looks at it. */
function cell(value: unknown): string {
  const text = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replaceAll(/\p{Cc}/gu, ' ');
  return line.length > MOST_CELL ? `${line.slice(0, MOST_CELL - 1)}…` : line;
}

function tableOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const [first] = rows;
  if (first === undefined) return 'no rows';
  const names = Object.keys(first);
  const numeric = names.flatMap((name, i) => (typeof first[name] === 'number' ? [i] : []));
  return columns([names, ...rows.map((row) => names.map((name) => cell(row[name])))], numeric).join('\n');
}
