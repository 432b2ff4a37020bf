import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BUNDLE_LIST } from '../proof/bundle.ts';
import { verifyBundle } from '../proof/verify-bundle.ts';
import type { LakeFiles } from '../proof/verify-port.ts';
import { verifyLake } from '../proof/verify.ts';
import { folderFiles } from './folder.ts';
import { payloadKeysIn } from './payload-keys.ts';
import { captureReader } from './parquet/captures.ts';
import { pageCompressors } from './parquet/zstd-page.ts';
import { bundleReport, lakeReport } from './report.ts';
import { archiveFiles } from './tar.ts';
import { isWorthThreads } from './threads.ts';
import type { DataKeys, RangeThreads } from './threads.ts';

/** `node verify.mjs LAKE_OR_BUNDLE [--key VKEY] [--since CHECKPOINT] [--witness VKEY] [--json]`. */
export const USAGE = `usage: node verify.mjs LAKE_OR_BUNDLE [options]
  --key KEY         verifier key, or a file with one or more, had from somewhere else
  --since FILE      a checkpoint kept elsewhere, which the log must still contain; may come several times
  --witness KEY     key of a witness whose word under a kept checkpoint is checked; may come several times
  --payload-key FILE  opens an encrypted lake: its key file, or data keys as plumbline exported them
  --json            the whole answer as JSON
exit code: 0 verified, 1 something differs, 2 wrong usage, 4 verified with gaps or a seal that a crash left unfinished, or nothing to verify
`;

export interface Answer {
  readonly code: number;
  readonly out: string;
}

interface Asked {
  readonly folder: string;
  readonly keys: readonly string[];
  readonly since: readonly string[];
  readonly witnesses: readonly string[];
  readonly payloadKey: string | undefined;
  readonly isJson: boolean;
}

/** A value, or the content of the file that it names. */
function valueOf(text: string): string {
  return existsSync(text) && statSync(text).isFile() ? readFileSync(text, 'utf8') : text;
}

function parse(argv: readonly string[]): Asked | undefined {
  const [folders, keys, since, witnesses]: [string[], string[], string[], string[]] = [[], [], [], []];
  let isJson = false;
  let payloadKey: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const next = (): string => argv[++i] ?? '';
    if (word === '--json') isJson = true;
    else if (word === '--key') keys.push(...valueOf(next()).trim().split(/\s+/));
    else if (word === '--since') since.push(readFileSync(next(), 'utf8'));
    else if (word === '--payload-key') payloadKey = readFileSync(next(), 'utf8');
    else if (word === '--witness') witnesses.push(...valueOf(next()).trim().split(/\s+/));
    else if (word.startsWith('-')) return undefined;
    else folders.push(word);
  }
  const [folder, ...rest] = folders;
  return folder === undefined || rest.length > 0
    ? undefined
    : { folder, keys, since, witnesses, payloadKey, isJson };
}

/** The files of a folder, or of a bundle that travels as one file. */
function filesOf(path: string): LakeFiles {
  const isArchive = existsSync(path) && statSync(path).isFile();
  return isArchive ? archiveFiles(gunzipSync(readFileSync(path))) : folderFiles(path);
}

/** The keys that lie in a lake, one a writer: what is verified with them proves less. */
function keysInLake(folder: string): string[] {
  const log = join(folder, 'log');
  if (!existsSync(log)) return [];
  return readdirSync(log)
    .map((writer) => join(log, writer, 'verifier.vkey'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8').trim());
}

const asText = (isJson: boolean, value: object, text: () => string): string =>
  `${isJson ? JSON.stringify(value, undefined, 2) : text()}\n`;

/** @param threads makes the threads for a folder and what opens its bodies; undefined where there is one core. */
export async function runVerifier(
  argv: readonly string[],
  threads: ((folder: string, keys: DataKeys | undefined) => RangeThreads) | undefined,
): Promise<Answer> {
  const asked = parse(argv);
  if (asked === undefined) return { code: 2, out: USAGE };
  const { folder, keys, since, witnesses, payloadKey, isJson } = asked;
  const files = filesOf(folder);
  const parquet = captureReader(pageCompressors);
  if ((await files.read(BUNDLE_LIST)) !== undefined) {
    const result = await verifyBundle(files, { verifierKeys: keys, parquet });
    const keyFrom = keys.length > 0 ? 'given' : 'the bundle itself';
    return {
      code: result.ok ? 0 : 1,
      out: asText(isJson, { ...result, keyFrom }, () => bundleReport(result, keyFrom)),
    };
  }
  const own = keys.length > 0 ? keys : keysInLake(folder);
  if (own.length === 0)
    return { code: 2, out: `${folder} is neither a lake nor a bundle, and no key was given\n` };
  const payload = payloadKey === undefined ? undefined : await payloadKeysIn(files, payloadKey);
  const ranges = isWorthThreads(folder) ? threads?.(folder, payload?.keys) : undefined;
  const result = await verifyLake(files, {
    verifierKeys: own,
    parquet,
    knownCheckpoints: since,
    witnessKeys: witnesses,
    ...(ranges === undefined ? {} : { ranges }),
    ...(payload === undefined ? {} : { payload }),
  });
  await ranges?.[Symbol.asyncDispose]();
  const keyFrom = keys.length > 0 ? 'given' : 'the lake itself';
  const isWhole = result.size > 0 && result.gaps.length + result.unfinished.length === 0;
  return {
    code: !result.ok ? 1 : isWhole ? 0 : 4,
    out: asText(isJson, { ...result, keyFrom }, () => lakeReport(result, keyFrom, since.length)),
  };
}
