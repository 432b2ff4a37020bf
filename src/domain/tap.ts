import type { Event } from './event.ts';

/** One event as it goes by, and the detections that match it. */
export interface Tapped {
  readonly event: Event;
  /** Names of detections. */
  readonly detections: readonly string[];
}

/** Which events somebody wants to see, and how many of them. */
export interface TapWish {
  readonly accepts: (tapped: Tapped) => boolean;
  /** At most so many a second, spread over it: a sample, not the stream. */
  readonly perSecond: number;
}

/** A look at the stream that costs nothing while nobody looks. */
export interface Tap {
  /** Sends what goes by until the function that it answers with is called. */
  listen(wish: TapWish, send: (tapped: Tapped) => void): () => void;
}
