import type { Command } from 'commander';
import { PipelineError } from '../lib/errors.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { bytesOf, readLetters, reread, sealReread } from './dead-letters.ts';
import type { Letter } from './dead-letters.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { openSealed } from './readers.ts';
import { mayReveal, withReveal } from './reveal.ts';
import type { RevealOptions } from './reveal.ts';
import { columns, count } from './text.ts';

interface Options {
  readonly config?: string;
  readonly output: OutputFormat;
}
interface Choice extends Options {
  readonly source?: string;
  readonly reason?: string;
}

export const deadLetter: CommandSetUp = (command, io, done) => {
  const add = (name: string, description: string): Command =>
    command.command(name).description(description).addOption(configOption()).addOption(outputOption());
  add('list', 'One line a letter, oldest first.')
    .option('--source <name>', 'of this source alone')
    .option('--reason <code>', 'of this reason alone, such as shape_unknown')
    .action(async (options: Choice) => list(io, options));
  withReveal(add('show', 'One letter with its bytes, secrets cut out.'))
    .argument('<id>', 'as list shows it')
    .action(async (id: string, options: Options & RevealOptions) => show(io, id, options));
  add('replay', "Read letters again with today's normalisers; what becomes readable becomes events, once.")
    .argument('[id...]', 'as list shows them; all when left out')
    .option('--source <name>', 'of this source alone')
    .option('--reason <code>', 'of this reason alone')
    .action(async (ids: string[], options: Choice) => done(await replay(io, ids, options)));
};

const chosen = (letters: readonly Letter[], { source, reason }: Choice): readonly Letter[] =>
  letters.filter(
    (letter) =>
      (source === undefined || letter.source === source) &&
      (reason === undefined || letter.reason === reason),
  );

/** What may be shown of letters of an encrypted lake: the detail may quote what was in them. */
const covered = (letter: Letter): Letter => ({ ...letter, detail: '(encrypted)' });

async function list(io: Io, options: Choice): Promise<void> {
  const { queries, payload } = await openSealed(configFor(io, options.config));
  try {
    const all = chosen(await readLetters(queries), options);
    const letters = payload.isEncrypted ? all.map(covered) : all;
    const rows = letters.map(({ id, receivedAt, source, reason, detail, isReplayed }) => [
      id,
      receivedAt,
      printable(source),
      isReplayed ? `${reason} (replayed)` : reason,
      printable(detail),
    ]);
    writeResult(io, options.output, {
      value: letters,
      rows: letters,
      table: () =>
        letters.length === 0
          ? 'no dead letters'
          : [...columns(rows), '', `${count(letters.length)} dead letters`].join('\n'),
    });
  } finally {
    queries.close();
  }
}

async function show(io: Io, id: string, options: Options & RevealOptions): Promise<void> {
  const config = configFor(io, options.config);
  const { queries, payload } = await openSealed(config);
  try {
    const plain = found(await readLetters(queries), id);
    const isShown = !payload.isEncrypted || (await mayReveal(config, io.clock, `dead letter ${id}`, options));
    const letter = isShown ? plain : covered(plain);
    const bytes = isShown ? await bytesOf(queries, letter) : undefined;
    const text = isShown
      ? Buffer.from(bytes ?? new Uint8Array()).toString('utf8')
      : 'encrypted; --reveal --by <name> --reason <text> opens it, and the log keeps that';
    const value = { ...letter, text };
    writeResult(io, options.output, {
      value,
      rows: [value],
      table: () =>
        [
          ...columns(Object.entries(letter).map(([key, at]) => [key, printable(String(at))])),
          '',
          printable(text),
        ].join('\n'),
    });
  } finally {
    queries.close();
  }
}

async function replay(io: Io, ids: readonly string[], options: Choice): Promise<number> {
  const config = configFor(io, options.config);
  const content = loadContent(config, io.productFolder, io.workingFolder);
  const { queries } = await openSealed(config);
  try {
    const all = await readLetters(queries);
    const asked = ids.length === 0 ? all : ids.map((id) => found(all, id));
    const letters = chosen(asked, options).filter(({ isReplayed }) => !isReplayed);
    const read = await reread(queries, letters, content);
    if (read.events.length > 0) await sealReread(config, io.clock, read);
    const { events, findings } = read;
    const value = { letters: letters.length, events: events.length, findings: findings.length };
    writeResult(io, options.output, {
      value,
      rows: [value],
      table: () =>
        `${count(letters.length)} letters read again: ${count(events.length)} became events with ${count(findings.length)} findings, ${count(letters.length - events.length)} still cannot be read`,
    });
    return letters.length > events.length ? exitCodes.degraded.code : exitCodes.ok.code;
  } finally {
    queries.close();
  }
}

function found(letters: readonly Letter[], id: string): Letter {
  const letter = letters.find((one) => one.id === id);
  if (letter !== undefined) return letter;
  throw new PipelineError('USAGE', id, 'there is no such dead letter; plumbline dead-letter list shows them');
}

/** What a stranger wrote, safe for a terminal. */
const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) =>
    one === '\n' || one === '\t' ? one : `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
