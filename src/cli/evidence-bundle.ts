import { sha256Hex } from '../lib/hash.ts';
import { BUNDLE_FORMAT, BUNDLE_LIST, BUNDLE_NOTE, bundleNoteText, bundleText } from '../proof/bundle.ts';
import type { Bundle, BundleItem, BundleRow } from '../proof/bundle.ts';
import { writerOf } from '../proof/commits.ts';
import { signNote } from '../proof/note.ts';
import type { NoteSigner } from '../proof/note.ts';
import { bundleKeyPath, bundleRotationPath } from '../proof/verify-bundle.ts';
import type { BuiltVerifier } from '../verifier/build.ts';
import { word } from './evidence-text.ts';
import type { EvidenceLake, FindingChain, Logged } from './evidence-chain.ts';
import type { Standing } from './evidence-rows.ts';

/** Files of a bundle by their path in it. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

const readme = (origin: string, chains: readonly FindingChain[]): string => `# Evidence bundle

Taken out of the evidence log of ${origin}: ${chains.length} finding${chains.length === 1 ? '' : 's'}, what ${chains.length === 1 ? 'it rests' : 'they rest'} on, and the proof of each part.

    node verify.mjs . --key <the verifier key, had from somewhere else than this bundle>

needs Node 20 or newer and nothing else. verify.html does the same in a browser: open it, pick this folder.

## What it proves
- Each message in captures/ was taken into the log as it is here, secrets cut out before that; its entry names source,
  stream, sequence, times, and the digest of the original.
- Each table file in segments/ is the one that was sealed, and each row quoted in ${BUNDLE_LIST} stands in it.
- The rule pack in force, where it was noted, is an entry of the same log.
- All of that stands under the checkpoints inside proofs/*.tlog-proof (C2SP tlog-proof), signed with the keys in keys/.

- What the lake keeps encrypted is quoted as it is stored there; messages in captures/ are plain, for the bundle was made
  with --reveal, or are not encrypted. Of a message that is not in captures/ the entry alone is proven.

## What it does not prove
- That these are all messages or findings there are. For that, verify the lake itself.
- That the key is whose you think: compare it with one had from elsewhere.
- What never reached the collector.

## Findings
${chains.map(({ finding: { values } }) => `- ${word(values['id'])}  ${word(values['level'])}  ${word(values['title'])}`).join('\n')}
`;

/**
 * The files of a bundle that proves these findings.
 *
 * @param signer of a writer's log, where the exporter has its key: then the list of files is signed as well.
 */
export async function bundleOf(
  lake: EvidenceLake,
  origin: string,
  chains: readonly FindingChain[],
  built: BuiltVerifier,
  signer: NoteSigner | undefined,
): Promise<BundleFiles> {
  const files = new Map<string, Uint8Array>();
  const items = new Map<string, BundleItem>();
  const rows = new Map<string, BundleRow>();

  const addLeaf = async (
    { origin: log, leaf, text }: Logged,
    content?: readonly [string, Uint8Array],
  ): Promise<void> => {
    const name = `${writerOf(log) ?? ''}-${leaf}`;
    if (items.has(name)) return;
    const [entry, proof] = [`entries/${name}.json`, `proofs/${name}.tlog-proof`];
    files.set(entry, Buffer.from(text));
    files.set(proof, Buffer.from(await lake.log.proof(log, leaf)));
    if (content !== undefined) files.set(...content);
    items.set(name, {
      origin: log,
      leaf,
      entry,
      proof,
      ...(content === undefined ? {} : { content: content[0] }),
    });
  };
  const addRow = async ({ segment, row, values }: Standing): Promise<void> => {
    const logged = await lake.segmentEntry(segment);
    const bytes = await lake.files.read(segment.path);
    if (logged === undefined || bytes === undefined) return;
    const file = `segments/${segment.path}`;
    await addLeaf(logged, [file, bytes]);
    rows.set(`${file} ${String(row).padStart(9, '0')}`, { file, row, values });
  };

  for (const { finding, event, capture, pack, decisions } of chains) {
    await addRow(finding);
    if (event !== undefined) await addRow(event);
    for (const decision of decisions) await addRow(decision);
    if (pack !== undefined) await addLeaf(pack);
    if (capture !== undefined) {
      // Of a message that was erased, in part or as a whole, the entry alone is proven.
      const isWhole = sha256Hex(capture.row.body) === capture.row.storedSha256;
      const file = `captures/${writerOf(capture.origin) ?? ''}-${capture.leaf}.bin`;
      await addLeaf(capture, isWhole ? [file, capture.row.body] : undefined);
    }
  }
  for (const log of new Set(Array.from(items.values(), (item) => item.origin)))
    await addKeys(lake, log, files);
  files.set('README.md', Buffer.from(readme(origin, chains)));
  files.set('verify.mjs', Buffer.from(built.program));
  files.set('verify.html', Buffer.from(built.page));

  const listed = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const bundle: Bundle = {
    format: BUNDLE_FORMAT,
    origin,
    files: Object.fromEntries(listed.map(([path, bytes]) => [path, sha256Hex(bytes)])),
    items: [...items.values()],
    rows: [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
  };
  const list = Buffer.from(bundleText(bundle));
  const note = bundleNoteText(origin, list);
  return new Map<string, Uint8Array>([
    ...listed,
    [BUNDLE_LIST, list],
    [BUNDLE_NOTE, Buffer.from(signer === undefined ? note : signNote(note, signer))],
  ]);
}

/** The public keys of a log, with the statements that tie later ones to the first. */
async function addKeys(lake: EvidenceLake, log: string, files: Map<string, Uint8Array>): Promise<void> {
  const writer = writerOf(log) ?? '';
  const key = await lake.files.read(`log/${writer}/verifier.vkey`);
  if (key !== undefined) files.set(bundleKeyPath(writer), key);
  for (let number = 1; ; number++) {
    const note = await lake.files.read(`log/${writer}/keys/${number}`);
    if (note === undefined) return;
    files.set(bundleRotationPath(writer, number), note);
  }
}
