import type { z } from 'zod';
import type { Clock } from '../lib/clock.ts';

/** A signed head of an evidence log, to be put where whoever has the log's key cannot change it. */
export interface Head {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** The signed checkpoint, C2SP. */
  readonly checkpoint: string;
}

/** What an outside place needs of this process. */
export interface AnchorContext {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Puts a head somewhere else and answers with the bytes that show it: a receipt. The same head twice changes nothing.
 * Throws when it did not come to be; it is then tried again. What it throws has no secret in it.
 */
export type Anchor = (head: Head) => Promise<Uint8Array>;

/** A kind of anchor: one file, one line in the registry. */
export interface AnchorType<T extends string, S extends z.ZodType> {
  readonly type: T;
  /** One sentence for the docs. */
  readonly summary: string;
  readonly settings: S;
  readonly create: (settings: z.infer<S>, context: AnchorContext) => Anchor;
}

export const defineAnchor = <T extends string, S extends z.ZodType>(
  definition: AnchorType<T, S>,
): AnchorType<T, S> => definition;

/** How a head's file is called where all logs share a place: `lake.example.com-prod-main.4711.checkpoint`. */
export const fileNameOf = ({ origin, size }: Head): string =>
  `${origin.replaceAll(/[^\w.-]/g, '-')}.${size}.checkpoint`;
