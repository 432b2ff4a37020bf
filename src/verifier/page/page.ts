import { BUNDLE_LIST } from '../../proof/bundle.ts';
import { verifyBundle } from '../../proof/verify-bundle.ts';
import type { LakeFiles } from '../../proof/verify-port.ts';
import { verifyLake } from '../../proof/verify.ts';
import { captureReader } from '../parquet/captures.ts';
import { pageCompressors } from '../parquet/zstd-page.ts';
import { payloadKeysIn } from '../payload-keys.ts';
import { bundleReport, lakeReport } from '../report.ts';

/** The little of a browser that the page uses; the project's types are Node's. */
interface PickedFile {
  readonly name: string;
  readonly webkitRelativePath: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
}
interface Entry {
  readonly isFile: boolean;
  readonly fullPath: string;
  file(done: (file: PickedFile) => void): void;
  createReader(): { readEntries(done: (entries: readonly Entry[]) => void): void };
}
interface Drop {
  preventDefault(): void;
  readonly dataTransfer?: { readonly items: ArrayLike<{ webkitGetAsEntry(): Entry | null }> };
}
interface Element {
  readonly value: string;
  readonly files: ArrayLike<PickedFile> | null;
  textContent: string;
  className: string;
  addEventListener(type: string, listener: (event: Drop) => void): void;
}
const { document } = globalThis as unknown as {
  readonly document: { getElementById(id: string): Element | null; readonly body: Element };
};

const element = (id: string): Element => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
};

type Files = ReadonlyMap<string, PickedFile>;

const lakeFiles = (files: Files): LakeFiles => ({
  async read(path) {
    const file = files.get(path);
    return file === undefined ? undefined : new Uint8Array(await file.arrayBuffer());
  },
  list: (folder) =>
    Promise.resolve(
      [...files.keys()].filter((path) => folder === '' || path.startsWith(`${folder}/`)).toSorted(),
    ),
});

/** Without the name of the folder that was picked. */
const below = (path: string): string => path.replace(/^\/?[^/]*\//, '');

async function readEntries(entry: Entry, into: Map<string, PickedFile>): Promise<void> {
  if (entry.isFile) {
    into.set(below(entry.fullPath), await new Promise((done) => entry.file(done)));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise<readonly Entry[]>((done) => reader.readEntries(done));
    if (some.length === 0) return;
    for (const one of some) await readEntries(one, into);
  }
}

const words = (text: string): string[] =>
  text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');

async function keysInLake(files: Files): Promise<string[]> {
  const keys = [...files].filter(([path]) => /^log\/[^/]+\/verifier\.vkey$/.test(path));
  return Promise.all(keys.map(async ([, file]) => (await file.text()).trim()));
}

async function verify(files: Files): Promise<{ readonly ok: boolean; readonly text: string }> {
  const parquet = captureReader(pageCompressors);
  const given = words(element('key').value);
  const since = element('since').value.trim();
  const known = since === '' ? [] : [`${since}\n`];
  if (files.has(BUNDLE_LIST)) {
    const result = await verifyBundle(lakeFiles(files), { verifierKeys: given, parquet });
    return { ok: result.ok, text: bundleReport(result, given.length > 0 ? 'given' : 'the bundle itself') };
  }
  const keys = given.length > 0 ? given : await keysInLake(files);
  if (keys.length === 0)
    return {
      ok: false,
      text: 'This folder is neither a lake nor a bundle. Pick the folder that has log/ or bundle.json in it.',
    };
  const secret = element('payload').value.trim();
  const payload = secret === '' ? undefined : await payloadKeysIn(lakeFiles(files), secret);
  const result = await verifyLake(lakeFiles(files), {
    verifierKeys: keys,
    parquet,
    knownCheckpoints: known,
    ...(payload === undefined ? {} : { payload }),
  });
  const text = lakeReport(result, given.length > 0 ? 'given' : 'the lake itself', known.length);
  return { ok: result.ok && result.size > 0, text };
}

async function show(files: Files): Promise<void> {
  const [answer, report] = [element('answer'), element('report')];
  answer.className = '';
  answer.textContent = `Reading ${files.size.toLocaleString('en')} files …`;
  report.textContent = '';
  try {
    const { ok, text } = await verify(files);
    answer.className = ok ? 's-pass' : 's-fail';
    answer.textContent = ok ? '✓ Verified' : '✕ Not verified';
    report.textContent = text;
  } catch (thrown) {
    answer.className = 's-fail';
    answer.textContent = '✕ Not verified';
    report.textContent = thrown instanceof Error ? thrown.message : String(thrown);
  }
}

element('folder').addEventListener('change', () => {
  const files = new Map(
    Array.from(element('folder').files ?? [], (file) => [below(file.webkitRelativePath), file]),
  );
  void show(files);
});
document.body.addEventListener('dragover', (event) => event.preventDefault());
document.body.addEventListener('drop', (event) => {
  event.preventDefault();
  // Entries have to be taken before the event is over.
  const entries = Array.from(event.dataTransfer?.items ?? [], (item) => item.webkitGetAsEntry());
  const files = new Map<string, PickedFile>();
  const readAll = async (): Promise<void> => {
    for (const entry of entries) if (entry !== null) await readEntries(entry, files);
    await show(files);
  };
  void readAll();
});
