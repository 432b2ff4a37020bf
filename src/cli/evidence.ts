import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { PipelineError } from '../lib/errors.ts';
import type { JsonMap } from '../proof/canonical.ts';
import type { NoteSigner } from '../proof/note.ts';
import { folderFiles as lakeFolder } from '../store/folder-files.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import { builtVerifier } from '../verifier/build.ts';
import { folderFiles } from '../verifier/folder.ts';
import { writeTar } from '../verifier/tar.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { bundleOf } from './evidence-bundle.ts';
import type { BundleFiles } from './evidence-bundle.ts';
import { openEvidence } from './evidence-chain.ts';
import type { EvidenceLake, FindingChain } from './evidence-chain.ts';
import { isChainEncrypted, openChain } from './evidence-payload.ts';
import { chainText, word } from './evidence-text.ts';
import { foldersIn } from './folders.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { payloadReadingOf } from './payload.ts';
import { mayReveal, withReveal } from './reveal.ts';
import type { RevealOptions } from './reveal.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { counted } from '../verifier/report.ts';

interface Where {
  readonly lake?: string;
  readonly config?: string;
}

const lakePath = (io: Io, { lake, config }: Where): string =>
  lake === undefined ? foldersIn(configFor(io, config).data).lake : resolve(io.workingFolder, lake);

async function openAt(path: string): Promise<EvidenceLake> {
  const lake = existsSync(path) ? await openEvidence(folderFiles(path)) : undefined;
  if (lake === undefined || lake.seals.length === 0)
    throw new PipelineError(
      'INPUT_UNREADABLE',
      path,
      'there is no sealed evidence here; name the lake with --lake or --config',
    );
  return lake;
}

async function chains(lake: EvidenceLake, wants: (values: JsonMap) => boolean): Promise<FindingChain[]> {
  const found: FindingChain[] = [];
  for await (const finding of lake.rows('findings', wants)) found.push(await lake.chainOf(finding));
  return found;
}

/** Opens the payload of an encrypted lake for somebody who may look at it; everybody else gets it as it is stored. */
async function revealer(
  io: Io,
  what: string,
  chainsFound: readonly FindingChain[],
  options: Where & RevealOptions,
): Promise<(chain: FindingChain) => FindingChain> {
  const asIs = (chain: FindingChain): FindingChain => chain;
  if (!chainsFound.some(isChainEncrypted)) return asIs;
  const config = configFor(io, options.config);
  // The lake that was named and the one of the configuration are the same, or the log would keep the wrong access.
  if (options.reveal === true && resolve(lakePath(io, options)) !== resolve(foldersIn(config.data).lake))
    throw new PipelineError(
      'USAGE',
      '--reveal',
      'payload is opened by the configuration of its lake: name it with --config, and no other with --lake',
    );
  const files = lakeFolder(lakePath(io, options));
  const reading = options.reveal === true ? await payloadReadingOf(config, files, io.clock) : undefined;
  if (!(await mayReveal(config, io.clock, what, options)) || reading === undefined) return asIs;
  return (chain) => openChain(chain, reading.ring);
}

type ShowOptions = Where & RevealOptions & { readonly output: OutputFormat };

async function show(io: Io, id: string, options: ShowOptions): Promise<number> {
  const lake = await openAt(lakePath(io, options));
  const [stored] = await chains(lake, (values) => values['id'] === id);
  if (stored === undefined) throw new PipelineError('USAGE', id, 'no such finding in this lake');
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

interface ExportOptions extends Where, RevealOptions {
  readonly out: string;
  readonly finding?: readonly string[];
  readonly control?: string;
  readonly from?: string;
  readonly to?: string;
}

function timeOf(text: string, option: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new PipelineError('USAGE', option, `"${text}" is no time; write it as 2026-03-02T11:00:00Z`);
  return time;
}

/** Which findings are asked for. */
function wanted(io: Io, { finding, control, from, to, config }: ExportOptions): (values: JsonMap) => boolean {
  if (finding === undefined && control === undefined && from === undefined && to === undefined)
    throw new PipelineError(
      'USAGE',
      'evidence export',
      'say which: --finding, --control, or --from and --to',
    );
  const content =
    control === undefined
      ? undefined
      : loadContent(configFor(io, config), io.productFolder, io.workingFolder);
  const after = from === undefined ? -Infinity : timeOf(from, '--from');
  const before = to === undefined ? Infinity : timeOf(to, '--to');
  return (values) => {
    const time = Number(values['time']);
    if (finding !== undefined && !finding.includes(word(values['id']))) return false;
    if (time < after || time >= before) return false;
    if (control === undefined || content === undefined) return true;
    return content.incidentContext.controlsOf(word(values['assertion'])).includes(control);
  };
}

/** The key of the log, where it lies beside the lake: with it the list of files is signed too. */
async function signerBeside(path: string, origin: string): Promise<NoteSigner | undefined> {
  const { signingKey } = foldersIn(dirname(path));
  return existsSync(signingKey) ? loadOrCreateSigner(signingKey, origin) : undefined;
}

/** A folder that is new or empty, or one compressed file. */
function writeBundle(out: string, files: BundleFiles): void {
  if (/\.(?:tar\.gz|tgz)$/.test(out)) {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, gzipSync(writeTar(files)), { flag: 'wx' });
    return;
  }
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new PipelineError(
      'USAGE',
      out,
      'there are files in it already; name a folder that is new or empty',
    );
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), bytes);
  }
}

async function exportBundle(io: Io, options: ExportOptions): Promise<number> {
  const path = lakePath(io, options);
  const wants = wanted(io, options);
  const lake = await openAt(path);
  const found = await chains(lake, wants);
  const log = found[0]?.finding.segment.seal.origin;
  if (log === undefined)
    throw new PipelineError('USAGE', 'evidence export', 'no finding in this lake is like that');
  const origin = log.slice(0, log.lastIndexOf('/'));
  const what = `findings ${found.map(({ finding }) => word(finding.values['id'])).join(' ')}`;
  const open = await revealer(io, what, found, options);
  const files = await bundleOf(
    lake,
    origin,
    // Rows are quoted as they are stored, and so as the log has them; of messages the bundle carries the plain bytes.
    found.map((chain) => ({ ...chain, capture: open(chain).capture })),
    await builtVerifier(io.productFolder),
    await signerBeside(path, log),
  );
  const out = resolve(io.workingFolder, options.out);
  writeBundle(out, files);
  io.out(
    `${counted(found.length, 'finding')} in ${counted(files.size, 'file')}: ${out}\nverify it: node verify.mjs ${options.out}\n`,
  );
  return exitCodes.ok.code;
}

/** `main:12`, or a leaf of the only log there is. */
async function prove(io: Io, leaf: string, options: Where): Promise<number> {
  const lake = await openAt(lakePath(io, options));
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
    .action(async (options: ExportOptions) => done(await exportBundle(io, options)));
  withLake(group.command('prove'))
    .description('Print the proof that a leaf is in the log: a C2SP .tlog-proof.')
    .argument('<leaf>', 'its number, or WRITER:NUMBER')
    .action(async (leaf: string, options: Where) => done(await prove(io, leaf, options)));
};
