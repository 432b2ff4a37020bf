import type { Mark } from './claims.ts';

/** How a partition that is being read stands. Written by its reader, looked at by the watchdog. */
export interface Standing {
  readonly partition: string;
  readonly stream: string;
  /** Last sequence that was handed over; undefined before the first. */
  last: number | undefined;
  /** Of that, epoch ms. */
  enqueuedAt: number | undefined;
  /** Ends of what was handed over and is not known to be durable yet, oldest first. */
  readonly marks: OpenMark[];
  /** Messages the hub has sent on any link, repeated ones too. */
  arrived: number;
  /** True while what was read waits for those downstream: then nothing can arrive, and nothing stalls. */
  isOffering: boolean;
  /** Newest sequence in the hub, when it was last asked. */
  newest: number | undefined;
  /** Ends the link at hand; the reader opens another, behind what it handed over or behind what is durable. */
  renew: (reason: string, from: 'handed over' | 'durable') => void;
}

/** The end of a batch that was handed over, and when that was, epoch ms. */
export interface OpenMark extends Mark {
  readonly at: number;
}

/**
 * True when something handed over should long be durable and is not: those downstream have let it go, because another
 * process was quicker with a stream that was sealed together with this one. It is read again; what they still have is
 * a duplicate to them.
 */
export const isForgotten = ({ marks }: Pick<Standing, 'marks'>, now: number, settleMs: number): boolean =>
  marks[0] !== undefined && now - marks[0].at > settleMs;

/** Messages the hub holds after the last one handed over; undefined before the hub was asked. */
export const behindOf = ({ last, newest }: Pick<Standing, 'last' | 'newest'>): number | undefined =>
  newest === undefined ? undefined : Math.max(0, newest - (last ?? -1));

/** What the watchdog sees at a look. */
export interface Look {
  readonly arrived: number;
  readonly behind: number;
  /** Those downstream hold it up: then nothing can arrive. */
  readonly isOffering: boolean;
}

/** What the watchdog remembers of a partition. */
export interface Watched {
  readonly look: Look;
  /** How many looks in a row messages were due and none had arrived since the one before. */
  readonly still: number;
  /** At so many the partition is taken up anew: at one, and at twice as many each time that this did not help. */
  readonly patience: number;
}

const MOST_PATIENCE = 16;

/**
 * Judges one look by the one before. A partition stands still when messages were due at both, none arrived between
 * them, and nobody downstream held it up: a link in this state can look alive for hours.
 */
export function watchOnce(
  before: Watched | undefined,
  look: Look,
): Watched & { readonly isStalled: boolean } {
  if (before === undefined) return { look, still: 0, patience: 1, isStalled: false };
  if (look.arrived !== before.look.arrived) return { look, still: 0, patience: 1, isStalled: false };
  const isStill = before.look.behind > 0 && look.behind > 0 && !look.isOffering && !before.look.isOffering;
  const still = isStill ? before.still + 1 : 0;
  if (still < before.patience) return { look, still, patience: before.patience, isStalled: false };
  return { look, still: 0, patience: Math.min(MOST_PATIENCE, 2 * before.patience), isStalled: true };
}

/** Takes out the marks that are durable now; the newest of them, when there is one. */
export function settle(standing: Pick<Standing, 'marks'>, durable: number): Mark | undefined {
  const open = standing.marks.findIndex(({ sequence }) => sequence > durable);
  return standing.marks.splice(0, open < 0 ? standing.marks.length : open).at(-1);
}
