import type { Command } from 'commander';
import { PipelineError } from '../lib/errors.ts';
import type { CommandSetUp } from './command.ts';
import type { ExportOptions } from './evidence-export.ts';
import { lakePath, openAt, revealer } from './evidence-lake.ts';
import type { Where } from './evidence-lake.ts';
import { chainText } from './evidence-text.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { withReveal } from './reveal.ts';
import type { RevealOptions } from './reveal.ts';

type ShowOptions = Where & RevealOptions & { readonly output: OutputFormat };

async function show(io: Io, id: string, options: ShowOptions): Promise<number> {
  const lake = await openAt(await lakePath(io, options));
  const finding = await lake.findingWith(id);
  if (finding === undefined) throw new PipelineError('USAGE', id, 'no such finding in this lake');
  const stored = await lake.chainOf(finding);
  const chain = (await revealer(io, `finding ${id}`, [stored], options))(stored);
  const { capture } = chain;
  const proof = capture === undefined ? undefined : await lake.log.proof(capture.origin, capture.leaf);
  const value = {
    finding: chain.finding.values,
    event: chain.event?.values,
    entry: capture?.text,
    proof,
    decisions: chain.decisions.map(({ values }) => values),
  };
  writeResult(io, options.output, { value, rows: [value], table: () => chainText(chain, proof) });
  return exitCodes.ok.code;
}

/** `main:12`, or a leaf of the only log there is. */
async function prove(io: Io, leaf: string, options: Where): Promise<number> {
  const lake = await openAt(await lakePath(io, options));
  const [, writer, number] = /^(?:([a-z0-9-]+):)?(\d{1,15})$/.exec(leaf) ?? [];
  const origins = [...new Set(lake.seals.map(({ origin }) => origin))];
  const origin = writer === undefined ? origins[0] : origins.find((name) => name.endsWith(`/${writer}`));
  if (number === undefined || origin === undefined || (writer === undefined && origins.length > 1))
    throw new PipelineError(
      'USAGE',
      leaf,
      `name a leaf as WRITER:NUMBER; the writers are ${origins.map((name) => name.split('/').at(-1)).join(', ')}`,
    );
  if ((await lake.log.entry(origin, Number(number))) === undefined)
    throw new PipelineError('USAGE', leaf, `the log of ${origin} has no such leaf`);
  io.out(await lake.log.proof(origin, Number(number)));
  return exitCodes.ok.code;
}

const withLake = (command: Command): Command =>
  command
    .option('--lake <folder>', 'the lake (default: the one of the configuration)')
    .addOption(configOption());

export const evidence: CommandSetUp = (group, io, done) => {
  withReveal(withLake(group.command('show')))
    .description(
      "One finding's whole chain on one page: rule, fields, event, message, leaf, checkpoint, proof, decisions.",
    )
    .argument('<finding>', 'its id (fnd-…)')
    .addOption(outputOption())
    .action(async (id: string, options: ShowOptions) => done(await show(io, id, options)));
  withReveal(withLake(group.command('export')))
    .description(
      'Write findings and all they rest on, with proofs, keys and a verifier, as a folder or .tar.gz.',
    )
    .requiredOption('--out <path>', 'a new folder, or a file that ends in .tar.gz')
    .option('--finding <id...>', 'these findings')
    .option('--control <id>', 'findings that bear on a control, for example soc2:CC6.1')
    .option('--from <time>', 'findings from then on')
    .option('--to <time>', 'findings before then')
    .action(async (options: ExportOptions) => {
      const { exportBundle } = await import('./evidence-export.ts');
      done(await exportBundle(io, options));
    });
  withLake(group.command('prove'))
    .description('Print the proof that a leaf is in the log: a C2SP .tlog-proof.')
    .argument('<leaf>', 'its number, or WRITER:NUMBER')
    .action(async (leaf: string, options: Where) => done(await prove(io, leaf, options)));
};
