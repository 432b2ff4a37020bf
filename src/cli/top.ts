import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_MS } from '../lib/clock.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { readMetrics } from './metrics-text.ts';
import { configOption, outputOption, wholeNumber } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { serviceAt, tokenFileOption, urlOption } from './service.ts';
import type { Service, ServiceOptions } from './service.ts';
import { styleFor } from './text.ts';
import { renderView, viewOf } from './top-view.ts';
import type { Look, View } from './top-view.ts';

interface TopOptions extends ServiceOptions {
  readonly every: number;
  readonly once?: boolean;
  readonly output: OutputFormat;
}

/** Cursor home, and everything below it cleared. */
const REDRAW = '\u001b[H\u001b[J';

export const top: CommandSetUp = (command, io, done) => {
  command
    .addOption(configOption())
    .addOption(urlOption())
    .addOption(tokenFileOption())
    .option('--every <seconds>', 'how often it looks', wholeNumber(1, 3600), 2)
    .option('--once', 'look twice, so that there are rates, print them and end')
    .addOption(outputOption())
    .action(async (options: TopOptions) => done(await watch(io, options)));
};

async function watch(io: Io, options: TopOptions): Promise<number> {
  const service = await serviceAt(io, options);
  const style = styleFor(io.hasColour);
  const isLive = options.once !== true && options.output === 'table' && io.isTerminal;
  const show = (view: View): void =>
    writeResult(io, options.output, {
      value: view,
      rows: [view],
      table: () => `${isLive ? REDRAW : ''}${renderView(view, service.url, style)}`,
    });
  let before: Look | undefined;
  for (;;) {
    const look = await lookAt(io, service);
    if (look === undefined) return exitCodes.ok.code;
    if (before !== undefined || isLive) show(viewOf(look, before));
    if (before !== undefined && options.once === true) return exitCodes.ok.code;
    before = look;
    await sleep(options.every * SECOND_MS, undefined, { signal: io.signal }).catch(() => undefined);
    if (io.signal.aborted) return exitCodes.ok.code;
  }
}

/** Undefined when the user has ended it meanwhile. */
async function lookAt(io: Io, service: Service): Promise<Look | undefined> {
  try {
    const [ready, metrics] = await Promise.all([service.get('/readyz'), service.get('/metrics')]);
    const health = (await ready.json()) as Pick<Look, 'status' | 'components'>;
    return { at: io.clock(), samples: readMetrics(await metrics.text()), ...health };
  } catch (thrown) {
    if (io.signal.aborted) return undefined;
    throw thrown;
  }
}
