import type { StreamFacts } from './entries.ts';
import { emptyRoot } from './merkle.ts';
import { parseVerifierKey } from './note.ts';
import {
  checkKey,
  checkLogPaths,
  countVersions,
  readHead,
  readKeptCheckpoints,
  readKnown,
} from './verify-head.ts';
import { createLogWalk } from './verify-log.ts';
import { createFaultList } from './verify-port.ts';
import type { Fault, LakeFiles, ParquetReader } from './verify-port.ts';
import { createSealCheck, sealEnds } from './verify-seals.ts';

export interface VerifyOptions {
  /** The key that the checkpoints must be signed with, C2SP signed-note form, had from outside the lake. */
  readonly verifierKey: string;
  readonly parquet: ParquetReader;
  /** Signed checkpoints that were kept elsewhere (a mail, a report): the log must still contain them. */
  readonly knownCheckpoints?: readonly string[];
  /** Faults to list; all are counted. (Default: 1000) */
  readonly maxFaults?: number;
  /** Waits a little, for a writer at work to publish its checkpoint. (Default: no wait) */
  readonly pause?: () => Promise<void>;
}

/** How much was looked at. */
export interface Checked {
  readonly seals: number;
  readonly leaves: number;
  readonly captures: number;
  readonly segments: number;
  /** Rows of all tables under the log's protection. */
  readonly rows: number;
  /** Bytes of Parquet read. */
  readonly bytes: number;
  readonly tiles: number;
  readonly commits: number;
  readonly checkpoints: number;
}

export interface VerifyResult {
  readonly ok: boolean;
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** Root hash recomputed, base64. */
  readonly root: string;
  readonly checked: Checked;
  /** What the log took in from each stream: `count` below `last - first + 1` means that its sequences have gaps. */
  readonly streams: readonly StreamFacts[];
  readonly faults: readonly Fault[];
  /** All faults, listed or not. */
  readonly faultCount: number;
}

/**
 * Recomputes the whole lake from its files and compares it with what the key signed: every row of `captures`, every
 * Parquet file, entry, tile, checkpoint and commit. Trusts nothing else. Memory is bounded by the largest seal.
 *
 * @throws NoteError when `verifierKey` is no verifier key.
 */
export async function verifyLake(files: LakeFiles, options: VerifyOptions): Promise<VerifyResult> {
  const verifier = parseVerifierKey(options.verifierKey);
  const faults = createFaultList(options.maxFaults ?? 1000);
  const logPaths = await files.list('log');
  checkLogPaths(logPaths, faults);
  await checkKey(files, verifier, faults);
  const authentic = await readKeptCheckpoints(files, verifier, logPaths, faults);
  const versions = await countVersions(files, 'captures', faults);
  const size = await readHead(files, verifier, authentic, versions, options.pause, faults);
  const known = readKnown(options.knownCheckpoints ?? [], verifier, size, faults);

  const walk = createLogWalk(files, faults, size, logPaths);
  const seals = createSealCheck(files, options.parquet, verifier, faults);
  let root = emptyRoot();
  for (const to of [...authentic.keys()].toSorted((a, b) => a - b)) {
    if (to === 0) continue;
    const signed = authentic.get(to)?.root;
    const before = faults.count;
    const range = await walk.walk(to, signed, (entries) => [
      ...sealEnds(walk.size, entries),
      ...known.keys(),
      to,
    ]);
    root = range.roots.get(to) ?? root;
    if (signed?.equals(root) !== true && faults.count === before) {
      faults.add(
        'entry',
        `log leaves ${range.from} to ${to - 1}`,
        `they do not add up to the root signed at size ${to}`,
      );
    }
    for (const [at, computed] of range.roots) {
      if (known.get(at)?.every((kept) => kept.equals(computed)) !== false) continue;
      faults.add(
        'rollback',
        `log leaves up to ${at - 1}`,
        `the known checkpoint of size ${at} has another root: history was rewritten`,
      );
    }
    await seals.take(range);
  }
  await walk.finish();
  await seals.finish(versions);
  return {
    ok: faults.count === 0,
    origin: verifier.name,
    size,
    root: root.toString('base64'),
    checked: {
      ...seals.sums,
      leaves: walk.size,
      tiles: walk.tiles,
      checkpoints: authentic.size + known.size,
    },
    streams: seals.streams(),
    faults: faults.faults,
    faultCount: faults.count,
  };
}
