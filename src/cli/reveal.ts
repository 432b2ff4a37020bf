import { Option } from 'commander';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Clock } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { someText } from './options.ts';

/** How somebody asks for plain payload of an encrypted lake. */
export interface RevealOptions {
  readonly reveal?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

/** The options of breaking the glass, spelled once. */
export const withReveal = (command: Command): Command =>
  command
    .option('--reveal', 'open encrypted payload; the log keeps who looked, when, at what and why')
    .addOption(new Option('--by <name>', 'who looks').argParser(someText))
    .addOption(new Option('--reason <text>', 'why').argParser(someText));

/**
 * True when payload may be shown: it was asked for with a name and a reason, which are durable in the log by then.
 *
 * @param what is looked at.
 * @throws PipelineError USAGE when name or reason is missing.
 */
export async function mayReveal(
  config: Config,
  clock: Clock,
  what: string,
  { reveal = false, by, reason }: RevealOptions,
): Promise<boolean> {
  if (!reveal) return false;
  if (by === undefined || reason === undefined)
    throw new PipelineError(
      'USAGE',
      '--reveal',
      'plain payload of an encrypted lake is shown to somebody with a reason: add --by <name> --reason <text>',
    );
  if (config.lake.encryption === undefined)
    throw new PipelineError(
      'USAGE',
      '--reveal',
      'payload is opened by the configuration of its lake: name it with --config; this one has no lake.encryption',
    );
  const { noteAccess } = await import('./keys-log.ts');
  await noteAccess(config, clock, what, { by, reason });
  return true;
}
