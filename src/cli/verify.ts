import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { PipelineError, describeError } from '../lib/errors.ts';
import { Option } from 'commander';
import { BUNDLE_LIST } from '../proof/bundle.ts';
import { NoteError, parseVerifierKey } from '../proof/note.ts';
import type { PayloadKeys } from '../proof/payload-check.ts';
import { verifyBundle } from '../proof/verify-bundle.ts';
import { verifyLake } from '../proof/verify.ts';
import type { VerifyResult } from '../proof/verify.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import { checkpointPath, verifierKeyPath } from '../store/publish.ts';
import { folderFiles } from '../verifier/folder.ts';
import { captureReader } from '../verifier/parquet/captures.ts';
import { pageCompressors } from '../verifier/parquet/zstd-page.ts';
import { payloadKeysIn } from '../verifier/payload-keys.ts';
import { bundleReport, lakeReport, outcomeLine } from '../verifier/report.ts';
import { archiveFiles } from '../verifier/tar.ts';
import { createRangeThreads, isWorthThreads, workerEntry } from '../verifier/threads.ts';
import { configFor } from './configuration.ts';
import { foldersIn } from './folders.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { configuredPayloadKeys } from './payload.ts';
import type { CommandSetUp } from './command.ts';

export interface LakeVerification extends VerifyResult {
  /** Where the verifier key came from: the answer can be trusted no more than it. */
  readonly keyFrom: 'given' | 'own signing key' | 'the lake itself';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new PipelineError('INPUT_UNREADABLE', path, describeError(cause), { cause });
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Whose log it is: its public key says so with a check of its own, so a damaged checkpoint is not taken at its word. */
function originIn(lake: string, writer: string): string {
  try {
    return parseVerifierKey(readText(join(lake, verifierKeyPath(writer)))).name;
  } catch {
    return readText(join(lake, checkpointPath(writer))).split('\n', 1)[0] ?? '';
  }
}

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
    const origins = writers.map((writer) => originIn(lake, writer));
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
  over: {
    readonly key?: string | undefined;
    readonly knownCheckpoints?: readonly string[];
    readonly witnessKeys?: readonly string[];
    /** Opens what is encrypted, and hashes it again. */
    readonly payload?: PayloadKeys | undefined;
  } = {},
): Promise<LakeVerification> {
  const { keys, keyFrom } = await verifierKeys(lake, over.key);
  await using threads = isWorthThreads(lake)
    ? createRangeThreads(lake, workerEntry(), Math.min(2, availableParallelism()), over.payload?.keys)
    : undefined;
  const result = await keyErrors(
    verifyLake(folderFiles(lake), {
      verifierKeys: keys,
      parquet: captureReader(pageCompressors),
      knownCheckpoints: over.knownCheckpoints ?? [],
      witnessKeys: over.witnessKeys ?? [],
      pause: () => sleep(PAUSE_MS),
      ...(threads === undefined ? {} : { ranges: threads }),
      ...(over.payload === undefined ? {} : { payload: over.payload }),
    }),
  );
  return { ...result, keyFrom };
}

/** A key that is none is an error of the command line. */
async function keyErrors<T>(verifying: Promise<T>): Promise<T> {
  try {
    return await verifying;
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
export const verifiedLine = (verification: LakeVerification): string =>
  outcomeLine(verification, verification.keyFrom);

interface VerifyOptions {
  readonly lake?: string;
  readonly bundle?: string;
  readonly key?: string;
  readonly since?: readonly string[];
  readonly witness?: readonly string[];
  readonly payloadKey?: string;
  readonly config?: string;
  readonly output: OutputFormat;
}

export const verify: CommandSetUp = (command, io, done) => {
  command
    .addOption(
      new Option('--lake <folder>', 'the lake (default: the one of the configuration)').conflicts('bundle'),
    )
    .option(
      '--bundle <path>',
      'an evidence bundle instead (a folder or .tar.gz), as `plumbline evidence export` writes it',
    )
    .option('--key <key>', 'verifier key, or a file that holds it, had from somewhere else than the lake')
    .option('--since <file...>', 'checkpoints kept elsewhere, which the log must still contain')
    .option('--witness <key...>', 'keys of witnesses, whose words under those checkpoints are checked')
    .option(
      '--payload-key <file>',
      'opens an encrypted lake: its key file, or data keys as `plumbline keys encryption export` writes them (default: as the configuration says)',
    )
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (options: VerifyOptions) =>
      done(
        options.bundle === undefined
          ? await runVerify(io, options)
          : await runBundle(io, options.bundle, options),
      ),
    );
};

const keyIn = (io: Io, key: string | undefined): string | undefined =>
  key !== undefined && isFile(resolve(io.workingFolder, key))
    ? readText(resolve(io.workingFolder, key))
    : key;

async function runVerify(io: Io, options: VerifyOptions): Promise<number> {
  const at = (path: string): string => resolve(io.workingFolder, path);
  const lake =
    options.lake === undefined ? foldersIn(configFor(io, options.config).data).lake : at(options.lake);
  if (!existsSync(lake))
    throw new PipelineError(
      'INPUT_UNREADABLE',
      lake,
      'there is no lake here; name it with --lake or --config',
    );
  const since = options.since ?? [];
  const result = await verifyFolder(lake, {
    key: keyIn(io, options.key),
    knownCheckpoints: since.map((file) => `${readText(at(file))}\n`),
    witnessKeys: (options.witness ?? []).map((key) => keyIn(io, key) ?? key),
    payload: await payloadKeysFor(io, lake, options),
  });
  writeResult(io, options.output, {
    value: result,
    rows: result.faults,
    table: () => lakeReport(result, result.keyFrom, since.length),
  });
  if (!result.ok) return exitCodes.gate.code;
  const isWhole = result.gaps.length + result.unfinished.length === 0;
  return isNothing(result) || !isWhole ? exitCodes.degraded.code : exitCodes.ok.code;
}

/** What opens the lake: the key that was given, or what the configuration says where the lake is the one it names. */
async function payloadKeysFor(
  io: Io,
  lake: string,
  { payloadKey, lake: named, config }: VerifyOptions,
): Promise<PayloadKeys | undefined> {
  if (payloadKey === undefined)
    return named === undefined ? configuredPayloadKeys(io, configFor(io, config)) : undefined;
  const file = resolve(io.workingFolder, payloadKey);
  return payloadKeysIn(folderFiles(lake), readText(file)).catch((cause: unknown) => {
    throw new PipelineError('USAGE', file, describeError(cause), { cause });
  });
}

async function runBundle(io: Io, bundle: string, options: VerifyOptions): Promise<number> {
  const path = resolve(io.workingFolder, bundle);
  const files = isFile(path) ? archiveFiles(unzipped(path)) : folderFiles(path);
  if ((await files.read(BUNDLE_LIST)) === undefined)
    throw new PipelineError('INPUT_UNREADABLE', path, `there is no ${BUNDLE_LIST} in it; is this a bundle?`);
  const key = keyIn(io, options.key);
  const keys = key?.trim().split(/\s+/) ?? [];
  const parquet = captureReader(pageCompressors);
  const result = await keyErrors(verifyBundle(files, { verifierKeys: keys, parquet }));
  const keyFrom = key === undefined ? 'the bundle itself' : 'given';
  writeResult(io, options.output, {
    value: { ...result, keyFrom },
    rows: result.faults,
    table: () => bundleReport(result, keyFrom),
  });
  return result.ok ? exitCodes.ok.code : exitCodes.gate.code;
}

function unzipped(path: string): Buffer {
  try {
    return gunzipSync(readFileSync(path));
  } catch (cause) {
    throw new PipelineError('INPUT_UNREADABLE', path, 'this is no .tar.gz; is this a bundle?', { cause });
  }
}
