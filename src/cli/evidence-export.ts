import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PipelineError } from '../lib/errors.ts';
import type { JsonMap } from '../proof/canonical.ts';
import type { NoteSigner } from '../proof/note.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import { builtVerifier } from '../verifier/build.ts';
import { counted } from '../verifier/report.ts';
import { writeTar } from '../verifier/tar.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { bundleOf } from './evidence-bundle.ts';
import type { BundleFiles } from './evidence-bundle.ts';
import type { EvidenceLake, FindingChain } from './evidence-chain.ts';
import { lakePath, openAt, revealer } from './evidence-lake.ts';
import type { Where } from './evidence-lake.ts';
import { word } from './evidence-text.ts';
import { foldersIn } from './folders.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import type { RevealOptions } from './reveal.ts';

export interface ExportOptions extends Where, RevealOptions {
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

async function chains(lake: EvidenceLake, wants: (values: JsonMap) => boolean): Promise<FindingChain[]> {
  const found: FindingChain[] = [];
  for await (const finding of lake.rows('findings', wants)) found.push(await lake.chainOf(finding));
  return found;
}

/** Writes a bundle that proves findings, and says what is in it. */
export async function exportBundle(io: Io, options: ExportOptions): Promise<number> {
  const path = await lakePath(io, options);
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
