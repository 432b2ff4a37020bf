import type { z } from 'zod';
import type { Incident } from '../domain/incident.ts';
import type { Clock } from '../lib/clock.ts';

export interface NotifierContext {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** In [0, 1): spreads retries. */
  readonly jitter: () => number;
}

export type Delivery =
  | { readonly kind: 'delivered'; readonly attempts: number }
  | {
      readonly kind: 'failed';
      readonly attempts: number;
      readonly reason: string;
      readonly isFinal: boolean;
    };

/** Tells people about incidents; sending the same incident twice must tell them once. */
export interface Notifier {
  readonly type: string;
  /** Sends the incident's present state (`open` triggers, `resolved` resolves). Never throws: failure is an answer. */
  notify(incident: Incident): Promise<Delivery>;
}

/** A kind of notifier: one file, one line in the registry. */
export interface NotifierType<T extends string, S extends z.ZodType> {
  readonly type: T;
  /** One sentence for `plumbline components` and the docs. */
  readonly summary: string;
  readonly settings: S;
  readonly create: (settings: z.infer<S>, context: NotifierContext) => Notifier;
}

export const defineNotifier = <T extends string, S extends z.ZodType>(
  definition: NotifierType<T, S>,
): NotifierType<T, S> => definition;
