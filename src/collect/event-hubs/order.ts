import type { HubEvent } from './link.ts';

/** A jump in a partition's numbers: `next` came where `after` + 1 was due. */
export interface Gap {
  readonly after: number;
  readonly next: number;
}

export interface Ordered {
  /** What follows on `last`, without a gap. */
  readonly fresh: readonly HubEvent[];
  /** Where the numbers jump; what comes behind it is not in `fresh`. */
  readonly gap: Gap | undefined;
  /** How many had been seen before. */
  readonly repeated: number;
}

/**
 * Sorts out what a link brought. Sequence numbers of a partition have no gaps but those that retention or compaction
 * tore, so a jump is a gap, or messages in the wrong order, or a batch that was lost on the way: it is believed only
 * when the hub, asked once more from the same place, shows it again (`believed`).
 */
export function putInOrder(
  events: readonly HubEvent[],
  last: number | undefined,
  believed: Gap | undefined,
): Ordered {
  const fresh: HubEvent[] = [];
  let at = last;
  let repeated = 0;
  for (const event of events) {
    const { sequence } = event;
    if (at !== undefined && sequence <= at) {
      repeated++;
      continue;
    }
    if (at !== undefined && sequence > at + 1) {
      const isBelieved = believed !== undefined && believed.after === at && believed.next === sequence;
      if (!isBelieved) return { fresh, gap: { after: at, next: sequence }, repeated };
    }
    fresh.push(event);
    at = sequence;
  }
  return { fresh, gap: undefined, repeated };
}
