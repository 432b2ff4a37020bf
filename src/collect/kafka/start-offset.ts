import type { Bounds } from './client.ts';

/** Offsets that were in the topic once and that we never read. */
export interface LostRange {
  readonly first: number;
  readonly last: number;
}

export type Start =
  | { readonly kind: 'at'; readonly offset: number; readonly lost: LostRange | undefined }
  /** What we have is ahead of the topic: it was made anew, or lost its end. */
  | { readonly kind: 'ahead'; readonly wanted: number };

/**
 * Where reading goes on. `wanted` is the offset behind what we have, undefined when we have nothing: then the
 * earliest is right and nothing is lost, because nothing was ever promised.
 */
export function startOffset(wanted: number | undefined, { earliest, end }: Bounds): Start {
  if (wanted === undefined) return { kind: 'at', offset: earliest, lost: undefined };
  if (wanted > end) return { kind: 'ahead', wanted };
  if (wanted < earliest) return { kind: 'at', offset: earliest, lost: { first: wanted, last: earliest - 1 } };
  return { kind: 'at', offset: wanted, lost: undefined };
}
