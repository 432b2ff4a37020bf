import { isMap } from './canonical.ts';
import type { Json } from './canonical.ts';
import type { NoteSigner } from './note.ts';
import type { KeyChain } from './rotation.ts';

/** A commit of a seal, and where it stands: the version of its table. */
export interface CommitPlace {
  /** Of the writer's log. */
  readonly origin: string;
  readonly seal: number;
  readonly table: string;
  readonly version: number;
}

/**
 * The version that a commit was made for, signed by its writer. Its text is the same at every version, and which one is
 * free shows only when it is made: without this, commits of different writers could change places.
 */
export interface CommitPosition {
  readonly version: number;
  /** Ed25519, base64. */
  readonly signature: string;
}

// The title stands where a checkpoint has its size, so that neither can be taken for the other.
const textOf = ({ origin, seal, table, version }: CommitPlace): string =>
  `${origin}\nplumbline commit position v1\n${seal}\n${table}\n${version}\n`;

export const signPosition = (signer: NoteSigner, place: CommitPlace): CommitPosition => ({
  version: place.version,
  signature: Buffer.from(signer.sign(textOf(place))).toString('base64'),
});

/** Reads the position out of a commit; undefined when it has none. */
export function parsePosition(value: Json | undefined): CommitPosition | undefined {
  if (!isMap(value)) return undefined;
  const { version, signature } = value;
  return typeof version === 'number' && typeof signature === 'string' ? { version, signature } : undefined;
}

/**
 * What is wrong with the position of a commit; undefined when it stands where its writer put it.
 *
 * @param from the first key of the chain that may have signed it. A later one may as well: whoever opens a lake finishes
 *   the newest seal with the key of now.
 */
export function positionFault(
  position: CommitPosition | undefined,
  place: CommitPlace,
  { keys }: KeyChain,
  from: number,
): string | undefined {
  if (position === undefined) return 'its writer signed at which version it stands, and that is missing';
  if (position.version !== place.version)
    return `it was committed as version ${position.version}: commits have changed places`;
  const signature = Buffer.from(position.signature, 'base64');
  const isSigned =
    signature.toString('base64') === position.signature &&
    keys.slice(from).some((key) => key.isSignedBy(textOf(place), signature));
  return isSigned ? undefined : 'no key of its log has signed that it stands at this version';
}
