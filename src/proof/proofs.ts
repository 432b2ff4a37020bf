import { emptyRoot, HASH_BYTES, nodeHash } from './merkle.ts';

/** A subtree [start, end) and a leaf in it. Indexes reach 2^64 - 1, hence BigInt. */
export interface InclusionClaim {
  readonly index: bigint;
  readonly start: bigint;
  readonly end: bigint;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** A subtree [start, end) of a tree of `size` leaves. */
export interface ConsistencyClaim {
  readonly start: bigint;
  readonly end: bigint;
  readonly size: bigint;
  readonly subtreeRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES;
const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Smallest power of two that is at least `n`. */
function powerAtLeast(n: bigint): bigint {
  let power = 1n;
  while (power < n) power <<= 1n;
  return power;
}

const isSubtree = (start: bigint, end: bigint): boolean =>
  start >= 0n && start < end && start % powerAtLeast(end - start) === 0n;

/**
 * True when the proof leads from the leaf to the root. Rejects an index outside the subtree before hashing anything:
 * RFC 9162 2.1.3.2; for subtrees draft-ietf-plants-merkle-tree-certs 4.3.2.
 */
export function verifySubtreeInclusion(claim: InclusionClaim): boolean {
  const { index, start, end, proof } = claim;
  if (!isSubtree(start, end) || index < start || index >= end) return false;
  if (!isHash(claim.leafHash) || !proof.every(isHash)) return false;
  let node = index - start;
  let last = end - start - 1n;
  let running = claim.leafHash;
  for (const sibling of proof) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      running = nodeHash(sibling, running);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      running = nodeHash(running, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n && isEqual(running, claim.root);
}

/** True when the leaf is at `index` of the tree of `size` leaves with that root. */
export const verifyInclusion = ({
  size,
  ...claim
}: Omit<InclusionClaim, 'start' | 'end'> & { readonly size: bigint }): boolean =>
  verifySubtreeInclusion({ ...claim, start: 0n, end: size });

/**
 * True when the subtree with that root is part of the tree with that root. An empty subtree is part of every tree.
 * RFC 9162 2.1.4.2; for subtrees draft-ietf-plants-merkle-tree-certs 4.4.3.
 */
export function verifySubtreeConsistency(claim: ConsistencyClaim): boolean {
  const { start, end, size } = claim;
  if (start === end && end <= size)
    return claim.proof.length === 0 && isEqual(claim.subtreeRoot, emptyRoot());
  if (!isSubtree(start, end) || end > size) return false;
  if (!claim.proof.every(isHash) || (claim.proof.length > 0 && !isHash(claim.subtreeRoot))) return false;
  let first = start;
  let last = end - 1n;
  let treeLast = size - 1n;
  // On the right edge both trees end alike, and the bits of `last` then say nothing: shift until one node is left.
  let ends = last === treeLast ? -1n : last;
  while (first !== last && (ends & 1n) === 1n) {
    ends >>= 1n;
    first >>= 1n;
    last >>= 1n;
    treeLast >>= 1n;
  }
  const [head, ...tail] = claim.proof;
  // A perfect subtree is its own seed; any other one starts from the first hash of the proof.
  const isWhole = first === last;
  if (!isWhole && head === undefined) return false;
  let subtree = isWhole || head === undefined ? claim.subtreeRoot : head;
  let tree = subtree;
  for (const sibling of isWhole ? claim.proof : tail) {
    if (treeLast === 0n) return false;
    if ((last & 1n) === 1n || last === treeLast) {
      if (first < last) subtree = nodeHash(sibling, subtree);
      tree = nodeHash(sibling, tree);
      while ((last & 1n) === 0n && last !== 0n) {
        first >>= 1n;
        last >>= 1n;
        treeLast >>= 1n;
      }
    } else {
      tree = nodeHash(tree, sibling);
    }
    first >>= 1n;
    last >>= 1n;
    treeLast >>= 1n;
  }
  return treeLast === 0n && isEqual(subtree, claim.subtreeRoot) && isEqual(tree, claim.root);
}

/**
 * True when the tree of `size2` leaves extends the one of `size1` leaves: nothing before was changed or removed.
 * An empty tree as the first says nothing about the second, and is refused.
 */
export const verifyConsistency = (claim: {
  readonly size1: bigint;
  readonly size2: bigint;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean =>
  claim.size1 > 0n &&
  verifySubtreeConsistency({
    start: 0n,
    end: claim.size1,
    size: claim.size2,
    subtreeRoot: claim.root1,
    root: claim.root2,
    proof: claim.proof,
  });
