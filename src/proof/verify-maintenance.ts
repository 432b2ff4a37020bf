import { hash } from 'node:crypto';
import type { SealFacts } from './commits.ts';
import { parseCaptureEntry } from './entries.ts';
import type { SegmentFacts } from './entries.ts';
import { createLeafSet } from './leaf-set.ts';
import { countSpans, joinRewrites } from './maintenance.ts';
import type { OrderFacts, RewriteFacts, RewritePart } from './maintenance.ts';
import type { CommitIndex, SealName } from './verify-commits.ts';
import type { LogPlace } from './verify-head.ts';
import type { FaultList, LakeFiles, ParquetReader } from './verify-port.ts';
import { dayOf, isSound } from './verify-rewrite.ts';
import { createScratch } from './scratch.ts';
import { createLoggedEntries } from './verify-rewritten-quick.ts';
import { checkRewrittenCaptures, compareRows, createEntryAt, readSegment } from './verify-rewritten.ts';

/** Data that is gone by order, which is no fault. */
export interface CarriedOut {
  /** Of the log that says so. */
  readonly origin: string;
  readonly order: OrderFacts;
  /** Messages whose bodies are gone, and those that records were cut out of. */
  readonly emptied: number;
  readonly cut: number;
  /** Rows of other tables that are gone, and those of which texts were pseudonymised. */
  readonly removed: number;
  readonly changed: number;
}

/** Files that stand for others, without a loss. */
export interface Compacted {
  readonly files: number;
  readonly into: number;
}

/** What a seal says of its maintenance. */
export interface MaintainedSeal {
  readonly seal: number;
  /** Of its last entry. */
  readonly place: string;
  readonly segments: readonly SegmentFacts[];
  readonly rewrites: readonly { readonly part: RewritePart; readonly isOrdered: boolean }[];
  /** What its commits take out; `unknown` where they cannot be relied on. */
  readonly removes: SealFacts['removes'] | 'unknown';
}

/** Follows what became of the files of one log, and checks what stands for those that are gone. */
export interface MaintenanceCheck {
  /** A file that commits have taken out: its rows are to be found elsewhere. */
  isRetired(path: string): boolean;
  /** The same for a file that is missing, by commits made since the verification began as well. */
  isRetiredByNow(path: string): Promise<boolean>;
  /** The files of a seal that commits have taken out. */
  retiredOf(seal: number): readonly string[];
  /** Captures of which no row was seen since their file is taken out. */
  lack(from: number, seen: Uint8Array): void;
  takeOrder(order: OrderFacts, entry: string): void;
  knowsOrder(digest: string | null): boolean;
  /** Takes in the files of a seal, and checks those that stand for others. */
  takeSeal(seal: MaintainedSeal): Promise<void>;
  /** After the last seal. @param seals of the log. */
  finish(seals: number, isWhole: boolean): Promise<void>;
  readonly carriedOut: readonly CarriedOut[];
  readonly compacted: Compacted;
  readonly sums: Readonly<Record<'segments' | 'rows' | 'bytes', number>>;
}

const sealOfPath = (path: string): number =>
  Number(/-(\d{8,})-\d+-[0-9a-f]{16}\.zstd\.parquet$/.exec(path)?.[1] ?? 0);

export function createMaintenanceCheck(
  files: LakeFiles,
  parquet: ParquetReader,
  { folder, verifier }: LogPlace,
  size: number,
  indexes: ReadonlyMap<string, CommitIndex>,
  faults: FaultList,
): MaintenanceCheck {
  const live = new Map<string, SegmentFacts>();
  const gone = new Map<string, SegmentFacts>();
  const orders = new Map<
    string,
    { order: OrderFacts; emptied: number; cut: number; removed: number; changed: number }
  >();
  const [lacking, found, emptied] = [createLeafSet(), createLeafSet(), createLeafSet()];
  const cut = new Map<number, string>();
  /** Files whose rows were looked at where they were first put: no commit took them out until then. */
  const inPlace = new Set<string>();
  const sums = { segments: 0, rows: 0, bytes: 0 };
  const compacted = { files: 0, into: 0 };
  const scratch = createScratch(files);
  const entryAt = createEntryAt(files, folder, size);
  const logged = createLoggedEntries(files, folder, size);

  const remover = (path: string): SealName | undefined => {
    const slash = path.indexOf('/');
    const name = indexes.get(path.slice(0, slash))?.removed.get(path.slice(slash + 1));
    return name?.origin === verifier.name ? name : undefined;
  };
  const bySeal = new Map<number, string[]>();
  for (const [table, index] of indexes) {
    for (const [path, { origin }] of index.removed) {
      if (origin !== verifier.name) continue;
      const seal = sealOfPath(path);
      bySeal.set(seal, [...(bySeal.get(seal) ?? []), `${table}/${path}`]);
    }
  }

  /** Notes whose bodies are gone. Answers the leaves that are covered; undefined when they are none of the log. */
  const cover = (rewrite: RewriteFacts, place: string): ReturnType<typeof createLeafSet> => {
    const covered = createLeafSet();
    if (countSpans(rewrite.emptied, size) === undefined || rewrite.cut.some(([leaf]) => leaf >= size)) {
      faults.add('maintenance', place, 'it covers leaves that the log has not');
      return covered;
    }
    for (const [first, last] of rewrite.emptied)
      for (let leaf = first; leaf <= last; leaf++) {
        emptied.add(leaf);
        covered.add(leaf);
      }
    for (const [leaf, sha256] of rewrite.cut) {
      cut.set(leaf, sha256);
      covered.add(leaf);
    }
    return covered;
  };

  const count = (rewrite: RewriteFacts): void => {
    const known = orders.get(rewrite.order ?? '');
    if (rewrite.act === 'compact') {
      compacted.files += rewrite.from.length;
      compacted.into += rewrite.into === null ? 0 : 1;
    }
    if (known === undefined) return;
    known.emptied += countSpans(rewrite.emptied, size) ?? 0;
    known.cut += rewrite.cut.length;
    known.removed += countSpans(rewrite.removed, Infinity) ?? 0;
    known.changed += countSpans(rewrite.changed, Infinity) ?? 0;
  };

  const isRetired = (path: string): boolean => remover(path) !== undefined;

  const checkInto = async (
    rewrite: RewriteFacts,
    into: SegmentFacts | undefined,
    covered: ReturnType<typeof createLeafSet>,
  ): Promise<void> => {
    const path = `${rewrite.table}/${into?.path ?? ''}`;
    if (into !== undefined && isRetired(path)) return;
    const bytes = into === undefined ? undefined : await readSegment(scratch, parquet, into, faults);
    if (into !== undefined) {
      sums.segments++;
      sums.rows += into.rows;
      sums.bytes += bytes?.length ?? 0;
      if (bytes === undefined) return;
    }
    if (rewrite.table !== 'captures') await compareRows(files, parquet, path, bytes, rewrite, faults);
    else if (bytes !== undefined) {
      const isSeen = rewrite.from.some((source) => inPlace.has(`${rewrite.table}/${source.path}`));
      const first = isSeen
        ? { ...found, add: (leaf: number) => !lacking.has(leaf) || found.add(leaf) }
        : found;
      await checkRewrittenCaptures(
        path,
        bytes,
        parquet,
        entryAt,
        logged,
        { emptied, cut },
        first,
        covered,
        faults,
      );
    }
  };

  const takeRewrite = async (
    rewrite: RewriteFacts,
    isOrdered: boolean,
    { segments, place }: MaintainedSeal,
  ): Promise<void> => {
    const { table, from } = rewrite;
    const day = dayOf(from[0]?.path ?? '');
    const into = segments.find(
      (segment) => segment.table === table && segment.sha256 === rewrite.into && dayOf(segment.path) === day,
    );
    const act = orders.get(rewrite.order ?? '')?.order.act;
    const isGood = isSound(rewrite, into, { live, act, isOrdered, place }, faults);
    for (const { path } of from) {
      const source = live.get(`${table}/${path}`);
      if (source !== undefined) gone.set(`${table}/${path}`, source);
      live.delete(`${table}/${path}`);
    }
    const covered = cover(rewrite, place);
    if (!isGood) return;
    count(rewrite);
    await checkInto(rewrite, into, covered).catch((thrown: unknown) => {
      const what = thrown instanceof Error ? thrown.message : String(thrown);
      faults.add(
        'segment',
        `${table}/${into?.path ?? from[0]?.path ?? ''}`,
        `its rows cannot be read: ${what}`,
      );
    });
  };

  const checkRemoves = ({ removes, place }: MaintainedSeal, rewrites: readonly RewriteFacts[]): void => {
    if (removes === 'unknown' || (removes === undefined && rewrites.length === 0)) return;
    const said = rewrites.flatMap(({ table, from }) => from.map(({ path }) => `${table}/${path}`)).toSorted();
    const done = Object.entries(removes ?? {})
      .flatMap(([table, removed]) => removed.map(({ path }) => `${table}/${path}`))
      .toSorted();
    if (said.join('\n') !== done.join('\n'))
      faults.add('maintenance', place, 'the files that its commits take out are not those that the log says');
  };

  return {
    isRetired,
    async isRetiredByNow(path) {
      if (isRetired(path)) return true;
      await indexes.get(path.slice(0, path.indexOf('/')))?.refresh();
      return isRetired(path);
    },
    retiredOf: (seal) => bySeal.get(seal) ?? [],
    lack(from, seen) {
      for (let at = seen.indexOf(0); at >= 0; at = seen.indexOf(0, at + 1)) lacking.add(from + at);
    },
    takeOrder(order, entry) {
      const digest = hash('sha256', entry, 'hex');
      if (!orders.has(digest)) orders.set(digest, { order, emptied: 0, cut: 0, removed: 0, changed: 0 });
    },
    knowsOrder: (digest) => digest !== null && orders.has(digest),
    async takeSeal(seal) {
      const rewrites = joinRewrites(seal.rewrites.map(({ part }) => part));
      if (rewrites === undefined)
        faults.add('maintenance', seal.place, 'the parts of what it rewrote do not follow one another');
      checkRemoves(seal, rewrites ?? []);
      const isOrdered = seal.rewrites.every((rewrite) => rewrite.isOrdered || rewrite.part.act === 'compact');
      for (const rewrite of rewrites ?? []) await takeRewrite(rewrite, isOrdered, seal);
      for (const segment of seal.segments) {
        const path = `${segment.table}/${segment.path}`;
        live.set(path, segment);
        if (segment.table === 'captures' && !isRetired(path)) inPlace.add(path);
      }
    },
    async finish(seals, isWhole) {
      let isAhead = false;
      for (const [table, { removed }] of indexes) {
        for (const [path, by] of removed) {
          if (by.origin !== verifier.name || gone.has(`${table}/${path}`) || !isWhole) continue;
          // Taken out by a seal made since the verification began: the next one will see it.
          if (by.seal > seals) isAhead = true;
          else
            faults.add(
              'segment',
              `${table}/${path}`,
              'a commit takes the file out, and the log has no word of it',
            );
        }
      }
      for (const [path, segment] of gone) {
        const bytes = await scratch.read('segment', path);
        if (bytes !== undefined && hash('sha256', bytes, 'hex') !== segment.sha256)
          faults.add('segment', path, 'the file was changed since it was taken out of its table');
      }
      if (isAhead || !isWhole) return;
      for (let leaf = lacking.next(0); leaf !== undefined; leaf = lacking.next(leaf + 1)) {
        if (found.has(leaf)) continue;
        const facts = parseCaptureEntry((await entryAt(leaf))?.toString() ?? '');
        const what = facts === undefined ? '' : ` (${facts.stream}, sequence ${facts.sequence})`;
        faults.add('row', `${folder} leaf ${leaf}`, `the row of leaf ${leaf}${what} is missing`);
      }
      for (let leaf = found.next(0); leaf !== undefined; leaf = found.next(leaf + 1)) {
        if (!lacking.has(leaf))
          faults.add(
            'row',
            `${folder} leaf ${leaf}`,
            `a second row for leaf ${leaf}, in a file that stands for others`,
          );
      }
    },
    get carriedOut() {
      return [...orders.values()].map((carried) => ({ origin: verifier.name, ...carried }));
    },
    compacted,
    sums,
  };
}
