import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { HASH_BYTES } from './merkle.ts';
import { NoteError } from './note.ts';
import type { NoteVerifier } from './note.ts';
import { verifyInclusion } from './proofs.ts';

/** Everything that shows that one entry is in a log: C2SP tlog-proof, a `.tlog-proof` file. */
export interface TlogProof {
  /** Leaf. */
  readonly index: number;
  /** From the leaf's sibling up to the root's child. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note, cosignatures included. */
  readonly checkpoint: string;
  /** Not authenticated by anything. */
  readonly extra?: Uint8Array | undefined;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
/** A tree of 2^53 leaves has no longer path. */
const MAX_HASHES = 63;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export const formatProof = ({ index, hashes, checkpoint, extra }: TlogProof): string =>
  [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${base64(extra)}`]),
    `index ${index}`,
    ...hashes.map(base64),
    '',
    checkpoint,
  ].join('\n');

function fromBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new NoteError(`not a proof: ${what} is not canonical base64`);
  return bytes;
}

/** Reads a `.tlog-proof` file; nothing of it is checked. @throws NoteError when the form is wrong. */
export function parseProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  const [header, ...lines] = (end < 0 ? '' : text.slice(0, end)).split('\n');
  if (header !== HEADER) throw new NoteError(`not a proof: it does not start with ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') === true ? lines.shift()?.slice(6) : undefined;
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1];
  if (index === undefined || !Number.isSafeInteger(Number(index)))
    throw new NoteError('not a proof: it names no index');
  if (lines.length > MAX_HASHES) throw new NoteError('not a proof: it has more hashes than any tree is high');
  const hashes = lines.map((line) => fromBase64(line, 'a hash'));
  if (hashes.some(({ length }) => length !== HASH_BYTES))
    throw new NoteError(`not a proof: a hash has not ${HASH_BYTES} bytes`);
  return {
    index: Number(index),
    hashes,
    checkpoint: text.slice(end + 2),
    extra: extra === undefined ? undefined : fromBase64(extra, 'its extra data'),
  };
}

/**
 * The checkpoint under which the leaf stands.
 *
 * @throws NoteError when the checkpoint is not signed by the key, or the path does not lead from the leaf to its root.
 */
export function checkProof(proof: TlogProof, leafHash: Uint8Array, verifier: NoteVerifier): Checkpoint {
  const checkpoint = openCheckpoint(proof.checkpoint, verifier);
  if (checkpoint.origin !== verifier.name)
    throw new NoteError(`the proof is of the log ${checkpoint.origin}, not of ${verifier.name}`);
  const isIncluded = verifyInclusion({
    index: BigInt(proof.index),
    size: BigInt(checkpoint.size),
    leafHash,
    root: checkpoint.root,
    proof: proof.hashes,
  });
  if (!isIncluded)
    throw new NoteError(
      `the path does not lead from leaf ${proof.index} to the root at size ${checkpoint.size}`,
    );
  return checkpoint;
}
