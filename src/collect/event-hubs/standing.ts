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

/** What the watchdog saw at its last look. */
export interface Look {
  readonly arrived: number;
  readonly behind: number;
}

/**
 * True when a partition stands still: messages were due at the look before and at this one, none arrived between the
 * two, and nobody downstream held it up. A link in this state can look alive for hours.
 */
export function isStalled(before: Look | undefined, now: Look, isOffering: boolean): boolean {
  if (before === undefined || isOffering) return false;
  return before.behind > 0 && now.behind > 0 && now.arrived === before.arrived;
}

/** Takes out the marks that are durable now; the newest of them, when there is one. */
export function settle(standing: Pick<Standing, 'marks'>, durable: number): Mark | undefined {
  const open = standing.marks.findIndex(({ sequence }) => sequence > durable);
  return standing.marks.splice(0, open < 0 ? standing.marks.length : open).at(-1);
}
