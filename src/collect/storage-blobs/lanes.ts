import { DAY_MS, HOUR_MS } from '../../lib/clock.ts';
import { parseBlobName, placeAt } from './blob-name.ts';
import type { HourlyName } from './blob-name.ts';
import type { ListedBlob } from './service.ts';

/** How far a lane was read. */
export interface Lane {
  stream: string;
  /** The day whose blob is being read; -1 before the first. */
  day: number;
  /** Bytes of that blob that were read. */
  offset: number;
  /** The last bytes that were read, to tell whether a blob that goes on is still the same; undefined after a restart. */
  tail: Buffer | undefined;
  /** Version of the blob that was read to its end; undefined while there may be more. */
  readEtag: string | undefined;
  /** True when the rest of that blob is left out, or it is gone. */
  isLeft: boolean;
}

/** So many bytes before the place where reading goes on are read again and compared. */
export const TAIL_BYTES = 64;

/** Moves a lane to the blob of a day, from its start. */
export function beginDay(lane: Lane, day: number): void {
  // A blob that was written anew has a stream of its own.
  const stream = lane.stream.replace(/#[0-9a-f]{12}$/, '');
  Object.assign(lane, { stream, day, ...fresh });
}

const fresh = { offset: 0, tail: undefined, readEtag: undefined, isLeft: false } as const;

/** A blob with what its name says. */
export interface HourlyBlob extends ListedBlob, HourlyName {}

export interface LanesParts {
  /** `blob/<host>/<container>/`: goes before a lane's name to make its stream. */
  readonly streamPrefix: string;
  readonly durableSequence: (stream: string) => Promise<number | undefined>;
  /** Where reading starts when nothing was read before, epoch ms. */
  readonly startAt: number;
  /** A blob may grow so long after its hour, ms. */
  readonly settleMs: number;
}

/** The lanes of one series: 24 for each network interface, or 24 where the resource has none. */
export interface Lanes {
  /** Which of these blobs may hold something new, oldest hour first. */
  unread(listed: readonly ListedBlob[]): Promise<readonly HourlyBlob[]>;
  laneOf(blob: HourlyBlob): Lane;
}

/** No record is shorter, with its comma; `]}` is. */
const SHORTEST_RECORD = 3;

export function createLanes({ streamPrefix, durableSequence, startAt, settleMs }: LanesParts): Lanes {
  const lanes = new Map<string, Lane>();
  let since: number | undefined;

  async function takeUp(blobs: readonly HourlyBlob[]): Promise<void> {
    const unknown = new Map(blobs.filter(({ lane }) => !lanes.has(lane)).map((blob) => [blob.lane, blob]));
    let newest: number | undefined;
    const ask = async ({ lane, hour, day }: HourlyBlob): Promise<void> => {
      const stream = streamPrefix + lane;
      const durable = await durableSequence(stream);
      const place = durable === undefined ? { day: -1, offset: 0 } : placeAt(durable);
      lanes.set(lane, { stream, ...fresh, ...place });
      if (place.day >= 0) newest = Math.max(newest ?? 0, hour + (place.day - day) * DAY_MS);
    };
    await Promise.all(Array.from(unknown.values(), ask));
    // A lane without a cursor, of a series that was read: its blobs since then are new, however long ago that was.
    since ??= newest === undefined ? startAt : Math.min(startAt, newest - settleMs);
  }

  const laneOf = ({ lane }: HourlyBlob): Lane => {
    const found = lanes.get(lane);
    if (found === undefined) throw new RangeError(`${lane} was not taken up`);
    return found;
  };

  const isUnread = (blob: HourlyBlob): boolean => {
    const { day, offset, readEtag, tail, isLeft } = laneOf(blob);
    if (day < 0) return blob.hour + HOUR_MS > (since ?? startAt);
    if (blob.day !== day) return blob.day > day;
    if (isLeft || blob.etag === readEtag) return false;
    // After a restart nothing is known of the version; what is behind the cursor may be the end of the list alone.
    return tail !== undefined || blob.length < offset || blob.length - offset >= SHORTEST_RECORD;
  };

  return {
    laneOf,
    async unread(listed) {
      const blobs = listed.flatMap((blob): HourlyBlob[] => {
        const name = parseBlobName(blob.name);
        return name === undefined ? [] : [{ ...blob, ...name }];
      });
      await takeUp(blobs);
      return blobs.filter(isUnread).toSorted((a, b) => a.hour - b.hour || (a.name < b.name ? -1 : 1));
    },
  };
}
