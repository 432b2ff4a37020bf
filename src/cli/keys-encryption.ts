import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createAzureCredential } from '../collect/azure-credential.ts';
import type { Config } from '../config.ts';
import { iso } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { canonical } from '../proof/canonical.ts';
import type { DataKeyFile } from '../proof/data-key.ts';
import { rewrapKeys, rotateDataKey, shredDataKey } from '../store/encryption/change-keys.ts';
import type { NoteInLog } from '../store/encryption/change-keys.ts';
import { readKeyFiles } from '../store/encryption/data-keys.ts';
import { localWrapper, readKeyFile } from '../store/encryption/key-file.ts';
import { keyVaultWrapper } from '../store/encryption/key-vault.ts';
import type { KeyWrapper } from '../store/encryption/key-wrapper.ts';
import { pseudonymsOf } from '../store/encryption/pseudonym.ts';
import type { Files } from '../store/files.ts';
import { folderFiles } from '../store/folder-files.ts';
import { lakeAt } from '../store/place.ts';
import { EXPORT_FORMAT } from '../verifier/payload-keys.ts';
import { configFor } from './configuration.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';
import { noteAccess, noteInLog } from './keys-log.ts';
import { configOption, outputOption, someText, wholeNumber } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { keyWrapperOf, payloadReadingOf } from './payload.ts';
import { columns } from './text.ts';

interface Options {
  readonly config?: string;
  readonly output: OutputFormat;
}

interface Opened {
  readonly config: Config;
  readonly files: Files;
}

async function openLakeFiles(io: Io, options: Options): Promise<Opened> {
  const config = configFor(io, options.config);
  const { container, writer } = config.lake;
  const { lake: folder } = foldersIn(config.data);
  const { files = folderFiles(folder) } = await lakeAt({ folder, container, writer, jitter: Math.random });
  return { config, files };
}

async function wrapperOf({ config, files }: Opened, io: Io): Promise<KeyWrapper> {
  const wrapper = await keyWrapperOf(config.lake.encryption, files, io.clock);
  if (wrapper !== undefined) return wrapper;
  throw new PipelineError(
    'CONFIG_INVALID',
    'lake.encryption',
    'the configuration does not say how evidence is encrypted; set keyFile or keyVault',
  );
}

const noteIn =
  (io: Io, config: Config): NoteInLog =>
  (notes) =>
    noteInLog(config, io.clock, notes);

const stateOf = ({ wrapped, decision }: DataKeyFile, isNewest: boolean): string => {
  if (wrapped === null) return `destroyed under ${decision ?? 'an unnamed decision'}`;
  return isNewest ? 'in use' : 'opens what it encrypted';
};

async function list(io: Io, options: Options): Promise<void> {
  const { files } = await openLakeFiles(io, options);
  const all = [await readKeyFiles(files, 'data'), await readKeyFiles(files, 'pseudonym')];
  const rows = all.flatMap((found) =>
    found.map((file) => ({
      key: `${file.purpose} ${file.number}`,
      from: iso(file.from),
      state: stateOf(file, file === found.at(-1)),
      wrappedBy: file.wrapped?.by ?? '',
    })),
  );
  writeResult(io, options.output, {
    value: rows,
    rows,
    table: () =>
      rows.length === 0
        ? 'no keys: nothing in this lake is encrypted'
        : columns(rows.map(({ key, from, state, wrappedBy }) => [key, from, state, wrappedBy])).join('\n'),
  });
}

async function rotate(io: Io, options: Options): Promise<void> {
  const opened = await openLakeFiles(io, options);
  const { number } = await rotateDataKey(opened.files, await wrapperOf(opened, io), io.clock());
  const value = { key: number };
  writeResult(io, options.output, {
    value,
    rows: [value],
    table: () => `data key ${number} was made; each writer takes it up within a minute, behind its next seal`,
  });
}

interface RewrapOptions extends Options {
  readonly fromKeyFile?: string;
  readonly fromKeyId?: string;
}

/** What opens the keys as they are wrapped now. */
async function oldWrapper(io: Io, config: Config, options: RewrapOptions): Promise<KeyWrapper | undefined> {
  const { fromKeyFile, fromKeyId } = options;
  if (fromKeyFile !== undefined)
    return localWrapper(await readKeyFile(resolve(io.workingFolder, fromKeyFile), false));
  if (fromKeyId === undefined) return undefined;
  const settings = config.lake.encryption?.keyVault?.credential ?? { type: 'default' as const };
  return keyVaultWrapper(fromKeyId, { credential: await createAzureCredential(settings, io.clock) });
}

async function rewrap(io: Io, options: RewrapOptions): Promise<void> {
  const opened = await openLakeFiles(io, options);
  const to = await wrapperOf(opened, io);
  const from = (await oldWrapper(io, opened.config, options)) ?? to;
  const done = await rewrapKeys(opened.files, from, to, noteIn(io, opened.config));
  const value = { rewrapped: done.map(({ purpose, number }) => `${purpose} ${number}`), by: to.id };
  writeResult(io, options.output, {
    value,
    rows: [value],
    table: () =>
      done.length === 0
        ? `every key is wrapped by ${to.id} already`
        : `${value.rewrapped.join(', ')}: wrapped anew by ${to.id}; restart the service, and destroy the old key only when verify agrees`,
  });
}

interface ShredOptions extends Options {
  readonly key: number;
  readonly decision: string;
  readonly by: string;
  readonly approvedBy: string;
  readonly reason: string;
}

async function shred(io: Io, options: ShredOptions): Promise<void> {
  const { key, decision, by, approvedBy, reason } = options;
  if (by.trim().toLowerCase() === approvedBy.trim().toLowerCase())
    throw new PipelineError(
      'USAGE',
      '--approved-by',
      'a key is destroyed by two people: one asks, another one approves',
    );
  const { config, files } = await openLakeFiles(io, options);
  const about = { id: decision, reason, requestedBy: by, approvedBy };
  await shredDataKey(files, key, about, io.clock(), noteIn(io, config));
  const value = { key, decision };
  writeResult(io, options.output, {
    value,
    rows: [value],
    table: () =>
      [
        `data key ${key} was destroyed under decision ${decision}: nothing that it encrypted can be read any more`,
        'Not reached by this: copies of its file in backups; they are worth nothing once the key that wrapped them is gone too.',
      ].join('\n'),
  });
}

interface ExportOptions extends Options {
  readonly out: string;
  readonly by: string;
  readonly reason: string;
}

async function exportKeys(io: Io, options: ExportOptions): Promise<void> {
  const { config, files } = await openLakeFiles(io, options);
  const { ring } = await payloadReadingOf(config, files, io.clock);
  if (ring.keys.size === 0)
    throw new PipelineError(
      'INPUT_UNREADABLE',
      files.place,
      'there is no data key that this configuration opens',
    );
  const numbers = [...ring.keys.keys()].toSorted((a, b) => a - b);
  await noteAccess(config, io.clock, `data keys ${numbers.join(', ')}`, options);
  const keys = Object.fromEntries(
    [...ring.keys].map(([number, key]) => [String(number), Buffer.from(key).toString('base64')]),
  );
  const out = resolve(io.workingFolder, options.out);
  writeFileSync(out, `${canonical({ format: EXPORT_FORMAT, keys })}\n`, { flag: 'wx', mode: 0o600 });
  const value = { keys: numbers, file: out };
  writeResult(io, options.output, {
    value,
    rows: [value],
    table: () => `${out}: whoever has it reads all payload under data keys ${numbers.join(', ')}`,
  });
}

async function pseudonym(io: Io, name: string, options: Options): Promise<void> {
  const { config, files } = await openLakeFiles(io, options);
  const reading = await payloadReadingOf(config, files, io.clock);
  const found = pseudonymsOf(await reading.pseudonymKeys(), [name]);
  if (found.length === 0)
    throw new PipelineError('INPUT_UNREADABLE', files.place, 'there are no pseudonyms in this lake');
  writeResult(io, options.output, {
    value: found,
    rows: found.map((text) => ({ pseudonym: text })),
    table: () => found.join('\n'),
  });
}

/** `plumbline keys encryption …`: the keys of an encrypted lake. */
export function addEncryptionKeys(keys: Command, io: Io): void {
  const group = keys
    .command('encryption')
    .description('Keys that encrypt evidence: list, change, wrap anew, destroy.');
  const add = (name: string, description: string): Command =>
    group.command(name).description(description).addOption(configOption()).addOption(outputOption());
  const named = (command: Command): Command =>
    command
      .requiredOption('--by <name>', 'who does so; goes into the evidence log', someText)
      .requiredOption('--reason <text>', 'why; goes into the evidence log', someText);
  add('list', 'The keys of the lake, since when, and what wraps them.').action(async (options: Options) =>
    list(io, options),
  );
  add('rotate', 'Make the next data key now. What is encrypted already stays under the key it has.').action(
    async (options: Options) => rotate(io, options),
  );
  add('rewrap', 'Wrap every key anew with the key of the configuration. Stop the service meanwhile.')
    .option('--from-key-file <file>', 'the key file that wraps them now')
    .option('--from-key-id <url>', 'the Key Vault key that wraps them now')
    .action(async (options: RewrapOptions) => rewrap(io, options));
  named(
    add('shred', 'Destroy a data key: nothing that it encrypted can be read any more. There is no way back.'),
  )
    .requiredOption('--key <number>', 'which, as list shows it', wholeNumber(1, 99_999_999))
    .requiredOption('--decision <id>', "the decision's own name", someText)
    .requiredOption('--approved-by <name>', 'who approved it, another person', someText)
    .action(async (options: ShredOptions) => shred(io, options));
  named(
    add(
      'export',
      'Write the data keys in plain, for an auditor who is to hash payload again. The log keeps that.',
    ),
  )
    .requiredOption('--out <file>', 'a new file, for its owner alone')
    .action(async (options: ExportOptions) => exportKeys(io, options));
  add('pseudonym', 'Print what stands in the lake for a name, to look rows up by.')
    .argument('<name>', 'user principal name, object id or IP address')
    .action(async (name: string, options: Options) => pseudonym(io, name, options));
}
