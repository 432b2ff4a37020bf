import type { Coverage } from './gaps.ts';
import { emptyRoot } from './merkle.ts';
import type { CommitIndex } from './verify-commits.ts';
import { checkKey, readHead, readKeptCheckpoints, readKnown } from './verify-head.ts';
import type { LogPlace } from './verify-head.ts';
import { surveyLog } from './verify-log-files.ts';
import { createLogWalk } from './verify-log.ts';
import type { PayloadKeys } from './payload-check.ts';
import type { KeptNote } from './verify-places.ts';
import type { FaultList, LakeFiles, ParquetReader } from './verify-port.ts';
import { rangeCheckHere } from './verify-range.ts';
import type { CleanRange, RangeCheck } from './verify-range.ts';
import { createMaintenanceCheck } from './verify-maintenance.ts';
import type { MaintenanceCheck } from './verify-maintenance.ts';
import { sealEnds } from './verify-seal-entries.ts';
import { createSealCheck } from './verify-seals.ts';
import type { SealCheck } from './verify-seals.ts';

export interface VerifyOptions {
  /** The keys that the checkpoints must be signed with, one a writer, C2SP signed-note form, had from outside the lake. */
  readonly verifierKeys: readonly string[];
  readonly parquet: ParquetReader;
  /** Signed checkpoints that were kept elsewhere (a mail, a report): the log must still contain them. */
  readonly knownCheckpoints?: readonly string[];
  /** Faults to list; all are counted. (Default: 1000) */
  readonly maxFaults?: number;
  /** Waits a little, for a writer at work to publish its checkpoint. (Default: no wait) */
  readonly pause?: () => Promise<void>;
  /** Looks at stretches that are whole the quick way, in other threads where it can. (Default: this thread) */
  readonly ranges?: RangeCheck;
  /** Keys of witnesses (C2SP cosignature): the checkpoints kept elsewhere must have a word of each. */
  readonly witnessKeys?: readonly string[];
  /** Opens the bodies of an encrypted lake. (Default: they are counted, and not hashed again) */
  readonly payload?: PayloadKeys;
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

/** One writer's log, recomputed. */
export interface VerifiedLog {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** Root hash recomputed, base64. */
  readonly root: string;
}

/** What was found of one log. */
export interface LogFindings extends VerifiedLog {
  readonly seals: SealCheck;
  readonly maintenance: MaintenanceCheck;
  readonly walked: Pick<Checked, 'leaves' | 'tiles' | 'checkpoints'>;
}

/** Recomputes the log of one writer, and its seals. */
export async function verifyLog(
  files: LakeFiles,
  log: LogPlace,
  indexes: ReadonlyMap<string, CommitIndex>,
  captures: CommitIndex,
  known: readonly KeptNote[],
  options: VerifyOptions,
  coverage: Coverage,
  faults: FaultList,
): Promise<LogFindings> {
  const { folder, verifier } = log;
  const { checkpoints, partials } = await surveyLog(files, log, faults);
  await checkKey(files, log, faults);
  const authentic = await readKeptCheckpoints(files, log, checkpoints, faults);
  const size = await readHead(files, log, authentic, captures, options.pause, faults);
  const knownRoots = readKnown(known, log, size, faults);

  const walk = createLogWalk(files, folder, faults, size, partials);
  const maintenance = createMaintenanceCheck(files, options.parquet, log, size, indexes, faults);
  const seals = createSealCheck(files, options.parquet, log, indexes, coverage, maintenance, faults);
  let root = emptyRoot();
  const sizes = [...authentic.keys()].filter((to) => to > 0).toSorted((a, b) => a - b);
  const ahead = lookAhead(
    options.ranges ?? rangeCheckHere(files, options.parquet),
    { folder, size },
    sizes,
    knownRoots,
    maintenance,
  );
  for (const [i, to] of sizes.entries()) {
    const signed = authentic.get(to)?.root;
    const before = faults.count;
    const clean = await ahead(i);
    if (clean !== undefined && signed !== undefined && (await walk.accept(clean, signed))) {
      root = signed;
      checkKnown(folder, knownRoots, to, signed, faults);
      await seals.takeClean(clean, signed);
      checkSigner(log, authentic.get(to)?.key, seals.keyNumber, to, faults);
      continue;
    }
    const range = await walk.walk(to, signed, (entries) => [
      ...sealEnds(walk.size, entries),
      ...knownRoots.keys(),
      to,
    ]);
    root = range.roots.get(to) ?? root;
    if (signed?.equals(root) !== true && faults.count === before) {
      faults.add(
        'entry',
        `${folder} leaves ${range.from} to ${to - 1}`,
        `they do not add up to the root signed at size ${to}`,
      );
    }
    for (const [at, computed] of range.roots) checkKnown(folder, knownRoots, at, computed, faults);
    await seals.take(range);
    checkSigner(log, authentic.get(to)?.key, seals.keyNumber, to, faults);
  }
  await walk.finish();
  await seals.finish();
  return {
    origin: verifier.name,
    size,
    root: root.toString('base64'),
    seals,
    maintenance,
    walked: { leaves: walk.size, tiles: walk.tiles, checkpoints: authentic.size + knownRoots.size },
  };
}

/** The root of the log at a size against the checkpoints of that size that were kept elsewhere. */
function checkKnown(
  folder: string,
  known: ReadonlyMap<number, readonly Buffer[]>,
  at: number,
  computed: Buffer,
  faults: FaultList,
): void {
  if (known.get(at)?.every((kept) => kept.equals(computed)) !== false) return;
  faults.add(
    'rollback',
    `${folder} leaves up to ${at - 1}`,
    `the known checkpoint of size ${at} has another root: history was rewritten`,
  );
}

/** A key that has handed over signs nothing any more, whoever has it now; and none signs before its turn. */
function checkSigner(
  { folder, chain }: LogPlace,
  signed: number | undefined,
  mayNow: number,
  size: number,
  faults: FaultList,
): void {
  if (signed === undefined || signed === mayNow) return;
  faults.add(
    'key',
    `${folder}/checkpoints/${size}`,
    `it is signed with ${chain.keys[signed]?.verifierKey}, but at this size only ${chain.keys[mayNow]?.verifierKey} may sign`,
  );
}

/**
 * Looks at the stretches between checkpoints, a few ahead of where the walk is. A stretch that a checkpoint kept
 * elsewhere ends within needs its root there, so it is left to the careful way.
 */
function lookAhead(
  ranges: RangeCheck,
  log: { readonly folder: string; readonly size: number },
  sizes: readonly number[],
  known: ReadonlyMap<number, unknown>,
  maintenance: MaintenanceCheck,
): (i: number) => Promise<CleanRange | undefined> {
  const started: Promise<CleanRange | undefined>[] = [];
  const isCut = (from: number, to: number): boolean => [...known.keys()].some((at) => at > from && at < to);
  return (i) => {
    while (started.length < Math.min(sizes.length, i + ranges.width)) {
      const [from, to] = [sizes[started.length - 1] ?? 0, sizes[started.length] ?? 0];
      started.push(
        isCut(from, to)
          ? Promise.resolve(undefined)
          : quietly(ranges.check({ ...log, from, to, retired: maintenance.retiredOf(started.length + 1) })),
      );
    }
    const looked = started[i] ?? Promise.resolve(undefined);
    // What was taken is let go of: a stretch is as large as a seal.
    started[i] = Promise.resolve(undefined);
    return looked;
  };
}

/** A stretch that cannot even be read is one for the careful way, which says why. */
async function quietly(looking: Promise<CleanRange | undefined>): Promise<CleanRange | undefined> {
  try {
    return await looking;
  } catch {
    return undefined;
  }
}
