import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError, describeError } from '../lib/errors.ts';
import { NoteError } from '../proof/note.ts';
import { verifyLake } from '../proof/verify.ts';
import type { VerifyResult } from '../proof/verify.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import { lakeFiles } from '../store/lake-files.ts';
import { parquetReader } from '../store/parquet-reader.ts';
import { checkpointPath, verifierKeyPath } from '../store/publish.ts';
import { configFor } from './configuration.ts';
import { foldersIn } from './folders.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { AddCommand } from './program.ts';
import { count } from './text.ts';

export interface LakeVerification extends VerifyResult {
  /** Where the verifier key came from: the answer can be trusted no more than it. */
  readonly keyFrom: 'given' | 'own signing key' | 'the lake itself';
}

/** How much a person wants to read at once. */
const SHOWN_FAULTS = 20;

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new PipelineError('INPUT_UNREADABLE', path, describeError(cause), { cause });
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The keys to verify with: those given, else our own beside the lake, else those that lie in the lake. */
async function verifierKeys(
  lake: string,
  given: string | undefined,
): Promise<Pick<LakeVerification, 'keyFrom'> & { keys: readonly string[] }> {
  if (given !== undefined) return { keys: given.trim().split(/\s+/), keyFrom: 'given' };
  const { signingKey } = foldersIn(dirname(lake));
  const writers = existsSync(join(lake, 'log')) ? readdirSync(join(lake, 'log')).toSorted() : [];
  const checkpoints = writers.map((writer) => join(lake, checkpointPath(writer)));
  if (existsSync(signingKey) && checkpoints.length > 0 && checkpoints.every((path) => existsSync(path))) {
    const origins = checkpoints.map((path) => readText(path).split('\n', 1)[0] ?? '');
    const signers = await Promise.all(origins.map((origin) => loadOrCreateSigner(signingKey, origin)));
    return { keys: signers.map(({ verifier }) => verifier.verifierKey), keyFrom: 'own signing key' };
  }
  const inLake = writers
    .map((writer) => join(lake, verifierKeyPath(writer)))
    .filter((path) => existsSync(path));
  if (inLake.length > 0) return { keys: inLake.map(readText), keyFrom: 'the lake itself' };
  if (!existsSync(signingKey))
    throw new PipelineError('INPUT_UNREADABLE', lake, 'there is no evidence log in it; is this a lake?');
  throw new PipelineError(
    'TAMPERING',
    lake,
    `a signing key lies beside it (${signingKey}), so it was a lake, and its evidence log is gone`,
  );
}

/** A seal under way publishes its checkpoint within a few of these. */
const PAUSE_MS = 25;

/**
 * Recomputes the whole evidence log of a lake from its files alone.
 *
 * @throws PipelineError USAGE when the key given is none.
 */
export async function verifyFolder(
  lake: string,
  over: { readonly key?: string | undefined; readonly knownCheckpoints?: readonly string[] } = {},
): Promise<LakeVerification> {
  const { keys, keyFrom } = await verifierKeys(lake, over.key);
  try {
    const result = await verifyLake(lakeFiles(lake), {
      verifierKeys: keys,
      parquet: parquetReader,
      knownCheckpoints: over.knownCheckpoints ?? [],
      pause: () => sleep(PAUSE_MS),
    });
    return { ...result, keyFrom };
  } catch (cause) {
    if (!(cause instanceof NoteError)) throw cause;
    throw new PipelineError(
      'USAGE',
      'verifier key',
      `${cause.message}; it looks like name+8 hex digits+base64`,
      { cause },
    );
  }
}

/** True when nothing contradicts the proof because there is neither: no seal was ever made, or all of it is gone. */
export const isNothing = ({ ok, size }: LakeVerification): boolean => ok && size === 0;

/** The outcome in one line. */
export function verifiedLine(verification: LakeVerification): string {
  const { ok, faultCount, checked, keyFrom } = verification;
  if (isNothing(verification))
    return 'NOTHING to verify: the evidence log is empty. If it ever held evidence, all of it is gone; a checkpoint kept elsewhere shows that (--since)';
  if (ok)
    return `verified: ${count(checked.captures)} messages and ${count(checked.rows)} rows in ${count(checked.segments)} files match the signed log (key: ${keyFrom})`;
  return `NOT verified: ${count(faultCount)} difference${faultCount === 1 ? '' : 's'} between evidence and proof`;
}

interface VerifyOptions {
  readonly lake?: string;
  readonly key?: string;
  readonly since?: readonly string[];
  readonly config?: string;
  readonly output: OutputFormat;
}

export const verify: AddCommand = (program, io, done) => {
  program
    .command('verify')
    .description(
      'Recompute every hash, row and signature of the lake from its files; name each place that differs.',
    )
    .option('--lake <folder>', 'the lake (default: the one of the configuration)')
    .option('--key <key>', 'verifier key, or a file that holds it, had from somewhere else than the lake')
    .option('--since <file...>', 'checkpoints kept elsewhere, which the log must still contain')
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (options: VerifyOptions) => done(await runVerify(io, options)));
};

async function runVerify(io: Io, options: VerifyOptions): Promise<number> {
  const config = configFor(io, options.config);
  const at = (path: string): string => resolve(io.workingFolder, path);
  const lake = options.lake === undefined ? foldersIn(config.data).lake : at(options.lake);
  if (!existsSync(lake))
    throw new PipelineError(
      'INPUT_UNREADABLE',
      lake,
      'there is no lake here; name it with --lake or --config',
    );
  const key = options.key !== undefined && isFile(at(options.key)) ? readText(at(options.key)) : options.key;
  const result = await verifyFolder(lake, {
    key,
    knownCheckpoints: (options.since ?? []).map((file) => `${readText(at(file))}\n`),
  });
  writeResult(io, options.output, {
    value: result,
    rows: result.faults,
    table: () => verificationText(result),
  });
  if (!result.ok) return exitCodes.gate.code;
  return isNothing(result) ? exitCodes.degraded.code : exitCodes.ok.code;
}

function verificationText(result: LakeVerification): string {
  const { faults, faultCount, origin, size, root, checked } = result;
  const shown = faults
    .slice(0, SHOWN_FAULTS)
    .map(({ kind, place, what }) => `✕ ${kind}  ${place}\n    ${what}`);
  const hidden = faultCount - shown.length;
  return [
    ...shown,
    ...(hidden > 0 ? [`… and ${count(hidden)} more; --output json lists ${count(faults.length)}`] : []),
    verifiedLine(result),
    `origin ${origin}, ${count(size)} leaves, ${count(checked.checkpoints)} checkpoints, ${count(checked.seals)} seals`,
    `root ${root}`,
    'Not shown by this: what was lost before it reached the stream, and a second log shown to somebody else, unless a',
    'checkpoint that they kept is given with --since.',
  ].join('\n');
}
