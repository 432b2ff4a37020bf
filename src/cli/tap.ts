import { Option } from 'commander';
import type { Event } from '../domain/event.ts';
import { iso } from '../lib/clock.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, wholeNumber } from './options.ts';
import type { CommandSetUp } from './command.ts';
import { serviceAt, tokenFileOption, urlOption } from './service.ts';
import type { ServiceOptions } from './service.ts';
import { styleFor } from './text.ts';
import type { Style } from './text.ts';

interface TapOptions extends ServiceOptions {
  readonly source?: string;
  readonly class?: string;
  readonly matched?: boolean;
  readonly rate: number;
  readonly limit?: number;
  readonly output: 'table' | 'ndjson';
}

/** What the service tells of one event. */
type Line = Omit<Event, 'record'> & { readonly detections: readonly string[] };

export const tap: CommandSetUp = (command, io, done) => {
  command
    .addOption(configOption())
    .addOption(urlOption())
    .addOption(tokenFileOption())
    .option('--source <name>', 'only events of this source')
    .option('--class <class>', 'only events of this class, such as entra_signin')
    .option('--matched', 'only events that a detection matches')
    .option('--rate <n>', 'most events a second', wholeNumber(1, 100), 10)
    .option('--limit <n>', 'end after so many events', wholeNumber(1, 1_000_000))
    .addOption(
      new Option('-o, --output <format>', 'how events are printed')
        .choices(['table', 'ndjson'])
        .default('table'),
    )
    .action(async (options: TapOptions) => done(await watch(io, options)));
};

async function watch(io: Io, options: TapOptions): Promise<number> {
  const service = await serviceAt(io, options);
  const query = new URLSearchParams({ rate: String(options.rate) });
  for (const key of ['source', 'class'] as const)
    if (options[key] !== undefined) query.set(key, options[key]);
  if (options.matched === true) query.set('matched', 'true');
  const style = styleFor(io.hasColour);
  let left = options.limit ?? Infinity;
  try {
    const { body } = await service.get(`/api/v1/tap?${query.toString()}`);
    if (body === null) return exitCodes.degraded.code;
    for await (const line of linesOf(body)) {
      if (line === '') continue;
      io.out(`${options.output === 'ndjson' ? line : rowOf(JSON.parse(line) as Line, style)}\n`);
      if (--left <= 0) return exitCodes.ok.code;
    }
    io.err('The service ended the tap.\n');
    return exitCodes.degraded.code;
  } catch (thrown) {
    if (io.signal.aborted) return exitCodes.ok.code;
    throw thrown;
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** `09:00:01.123Z  openai-logs  azure_openai  ListKeys  success  user@example.com  …/accounts/x  ! rule` */
function rowOf(
  { time, source, class: eventClass, operation, outcome, actor, resourceId, detections }: Line,
  style: Style,
): string {
  const who = actor.name ?? actor.id ?? actor.ip ?? actor.type;
  const where = resourceId?.split('/').slice(-2).join('/');
  return [
    style.dim(iso(time).slice(11)),
    source,
    eventClass,
    operation ?? '(no operation)',
    outcome,
    who,
    ...(where === undefined ? [] : [where]),
    ...(detections.length === 0 ? [] : [style.bad(`! ${detections.join(', ')}`)]),
  ].join('  ');
}
