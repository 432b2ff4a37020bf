import { hash } from 'node:crypto';
import { BUNDLE_LIST, BUNDLE_NOTE, bundleNoteText, parseBundle } from './bundle.ts';
import type { Bundle, BundleItem, BundleRow } from './bundle.ts';
import { canonical } from './canonical.ts';
import { originOf, writerOf } from './commits.ts';
import { parseCaptureEntry, parseEntry } from './entries.ts';
import { leafHash } from './merkle.ts';
import { NoteError, openNote, parseVerifierKey, readNote } from './note.ts';
import type { NoteVerifier } from './note.ts';
import { verifyInclusion } from './proofs.ts';
import { keyChain, openByChain } from './rotation.ts';
import type { KeyChain } from './rotation.ts';
import { parseProof } from './tlog-proof.ts';
import { createFaultList } from './verify-port.ts';
import type { Fault, FaultList, LakeFiles, ParquetReader } from './verify-port.ts';

export interface BundleResult {
  readonly ok: boolean;
  readonly origin: string;
  /** Whether the list of files is signed: without that, README and programs in it are protected against accidents alone. */
  readonly isSigned: boolean;
  readonly checked: {
    readonly files: number;
    readonly captures: number;
    readonly segments: number;
    /** Of other kinds: rule packs, decisions, seals. */
    readonly entries: number;
    readonly rows: number;
  };
  readonly faults: readonly Fault[];
  readonly faultCount: number;
}

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const why = (thrown: unknown): string => {
  if (thrown instanceof NoteError) return thrown.message;
  throw thrown;
};

/** Where a writer's keys lie in a bundle. */
export const bundleKeyPath = (writer: string): string => `keys/${writer}.vkey`;
export const bundleRotationPath = (writer: string, number: number): string => `keys/${writer}.${number}`;

/** Every file is the one that was listed, and there is no other. */
async function checkFiles(files: LakeFiles, bundle: Bundle, faults: FaultList): Promise<void> {
  const there = new Set(await files.list(''));
  there.delete(BUNDLE_LIST);
  there.delete(BUNDLE_NOTE);
  for (const [path, digest] of Object.entries(bundle.files)) {
    const bytes = there.delete(path) ? await files.read(path) : undefined;
    if (bytes === undefined) faults.add('unexpected', path, 'the file is missing from the bundle');
    else if (sha256(bytes) !== digest)
      faults.add('unexpected', path, 'the file was changed since the bundle was made');
  }
  for (const path of there) faults.add('unexpected', path, 'the file was not in the bundle when it was made');
}

/** The keys of one writer: those given, or else the one that lies in the bundle. */
async function chainOf(
  files: LakeFiles,
  origin: string,
  given: readonly NoteVerifier[],
  faults: FaultList,
): Promise<KeyChain | undefined> {
  const writer = writerOf(origin) ?? '';
  const own = await files.read(bundleKeyPath(writer));
  const notes: string[] = [];
  for (;;) {
    const note = await files.read(bundleRotationPath(writer, notes.length + 1));
    if (note === undefined) break;
    notes.push(textOf(note));
  }
  try {
    const trusted =
      given.length === 0
        ? parseVerifierKey(textOf(own ?? new Uint8Array()))
        : given.find(({ name }) => name === origin);
    if (trusted === undefined) {
      faults.add(
        'origin',
        bundleKeyPath(writer),
        `the bundle is of ${origin}, and no key of that name was given`,
      );
      return undefined;
    }
    const chain = keyChain(trusted, notes);
    if (own === undefined || textOf(own).trim() !== chain.keys[0]?.verifierKey)
      faults.add('key', bundleKeyPath(writer), 'it is not the key verified with');
    return chain;
  } catch (thrown) {
    faults.add('key', bundleKeyPath(writer), why(thrown));
    return undefined;
  }
}

/** The note over the list. Answers whether one of the keys signed it. */
function checkNote(
  note: Uint8Array | undefined,
  list: Uint8Array,
  origin: string,
  chains: readonly KeyChain[],
  faults: FaultList,
): boolean {
  const wanted = bundleNoteText(origin, list);
  const said = note === undefined ? '' : textOf(note);
  if (said === wanted) return false;
  try {
    const keys = chains.flatMap(({ keys: all }) => all);
    const { text, signatures } = readNote(said);
    if (text !== wanted) throw new NoteError('it is of another list of files');
    const key = keys.find(({ name, keyId }) =>
      signatures.some((one) => one.name === name && one.keyId === keyId),
    );
    if (key === undefined) throw new NoteError('it is signed by none of the keys');
    openNote(said, key);
    return true;
  } catch (thrown) {
    faults.add('checkpoint', BUNDLE_NOTE, why(thrown));
    return false;
  }
}

type ItemKind = 'captures' | 'segments' | 'entries';

/** One entry: that it is in the log, and that its content is what it stands for. */
async function checkItem(
  files: LakeFiles,
  item: BundleItem,
  chain: KeyChain,
  faults: FaultList,
): Promise<ItemKind> {
  const entry = await files.read(item.entry);
  const proofText = await files.read(item.proof);
  const content = item.content === undefined ? undefined : await files.read(item.content);
  const text = textOf(entry ?? new Uint8Array());
  try {
    const proof = parseProof(textOf(proofText ?? new Uint8Array()));
    const { checkpoint } = openByChain(proof.checkpoint, chain);
    const claim = {
      index: BigInt(item.leaf),
      size: BigInt(checkpoint.size),
      leafHash: leafHash(entry ?? new Uint8Array()),
    };
    if (checkpoint.origin !== item.origin || proof.index !== item.leaf)
      throw new NoteError(`it is not of leaf ${item.leaf} of ${item.origin}`);
    if (!verifyInclusion({ ...claim, root: checkpoint.root, proof: proof.hashes }))
      throw new NoteError(`the path does not lead from leaf ${item.leaf} to the signed root`);
  } catch (thrown) {
    faults.add('entry', item.proof, why(thrown));
  }
  const capture = parseCaptureEntry(text);
  if (capture !== undefined) {
    // A message that was erased from its lake is in the bundle as its entry alone.
    if (item.content === undefined) return 'entries';
    if (content === undefined || sha256(content) !== capture.storedSha256)
      faults.add('row', item.content ?? item.entry, `it is not the message of leaf ${item.leaf}`);
    return 'captures';
  }
  const parsed = parseEntry(text);
  if (parsed?.kind !== 'segment') {
    if (parsed === undefined) faults.add('entry', item.entry, 'it is no entry that this product writes');
    return 'entries';
  }
  if (content === undefined || sha256(content) !== parsed.segment.sha256)
    faults.add('segment', item.content ?? item.entry, `it is not the file of leaf ${item.leaf}`);
  return 'segments';
}

/** Rows that are quoted must stand in a file that an item proves. */
async function checkRows(
  files: LakeFiles,
  parquet: ParquetReader,
  rows: readonly BundleRow[],
  proven: ReadonlySet<string>,
  faults: FaultList,
): Promise<void> {
  let [at, held]: [string, readonly unknown[]] = ['', []];
  for (const { file, row, values } of rows) {
    if (file !== at) {
      const bytes = proven.has(file) ? await files.read(file) : undefined;
      [at, held] = [file, bytes === undefined ? [] : ((await parquet.rows?.(bytes).catch(() => [])) ?? [])];
    }
    const there = held[row];
    if (there === undefined || canonical(there as BundleRow['values']) !== canonical(values))
      faults.add('row', `${file} row ${row + 1}`, 'what the bundle quotes is not what stands there');
  }
}

/** Verifies a bundle from its own files. @throws NoteError when one of `verifierKeys` is no verifier key. */
export async function verifyBundle(
  files: LakeFiles,
  {
    verifierKeys = [],
    parquet,
    maxFaults = 1000,
  }: {
    /** Had from outside the bundle. (Default: the keys in it, which prove less) */
    readonly verifierKeys?: readonly string[];
    readonly parquet: ParquetReader;
    readonly maxFaults?: number;
  },
): Promise<BundleResult> {
  const faults = createFaultList(maxFaults);
  const given = verifierKeys.map((key) => parseVerifierKey(key));
  const list = (await files.read(BUNDLE_LIST)) ?? new Uint8Array();
  const bundle = parseBundle(list);
  const counts = { captures: 0, segments: 0, entries: 0 };
  if (bundle === undefined) {
    faults.add('unexpected', BUNDLE_LIST, 'it was changed, or is no list of a bundle');
    const checked = { ...counts, files: 0, rows: 0 };
    return {
      ok: false,
      origin: '',
      isSigned: false,
      checked,
      faults: faults.faults,
      faultCount: faults.count,
    };
  }
  await checkFiles(files, bundle, faults);
  const chains = new Map<string, KeyChain>();
  for (const origin of new Set(bundle.items.map((item) => item.origin))) {
    const isOurs = origin === originOf(bundle.origin, writerOf(origin) ?? '');
    if (!isOurs) faults.add('origin', BUNDLE_LIST, `${origin} is no writer of ${bundle.origin}`);
    const chain = await chainOf(files, origin, given, faults);
    if (chain !== undefined) chains.set(origin, chain);
  }
  const isSigned = checkNote(
    await files.read(BUNDLE_NOTE),
    list,
    bundle.origin,
    [...chains.values()],
    faults,
  );
  const proven = new Set<string>();
  for (const item of bundle.items) {
    const chain = chains.get(item.origin);
    if (chain === undefined) continue;
    const before = faults.count;
    counts[await checkItem(files, item, chain, faults)]++;
    if (faults.count === before && item.content !== undefined) proven.add(item.content);
  }
  await checkRows(files, parquet, bundle.rows, proven, faults);
  return {
    ok: faults.count === 0,
    origin: bundle.origin,
    isSigned,
    checked: { ...counts, files: Object.keys(bundle.files).length, rows: bundle.rows.length },
    faults: faults.faults,
    faultCount: faults.count,
  };
}
