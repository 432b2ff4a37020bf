import type { Capture } from '../../domain/capture.ts';
import { DAY_MS, HOUR_MS } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Trying } from '../polling/trying.ts';
import { dayPrefix } from './blob-name.ts';
import { follow } from './follow.ts';
import type { FollowParts } from './follow.ts';
import type { HourlyBlob, Lanes } from './lanes.ts';
import type { BlobService, ListedBlob } from './service.ts';

/** What the blobs of one resource in one container are read with. */
export interface SeriesParts extends Pick<Trying, 'tried'> {
  readonly service: BlobService;
  readonly container: string;
  /** What the names of its blobs begin with, up to the date. */
  readonly prefix: string;
  readonly lanes: Lanes;
  readonly following: Omit<FollowParts, 'read' | 'clock' | 'settleMs' | 'gap'>;
  readonly settleMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Records that are missing, in words. */
  readonly gap: (what: string) => void;
}

/** Reads what is new in the blobs of one resource, each time it is asked. */
export type ReadSeries = () => AsyncGenerator<readonly Capture[]>;

/** The role that reading takes, and where. */
export const needAt = (scope: string) => ({ role: 'Storage Blob Data Reader', scope, setting: 'containers' });

export function createSeries({
  service,
  container,
  prefix,
  lanes,
  following,
  settleMs,
  clock,
  signal,
  gap,
  tried,
}: SeriesParts): ReadSeries {
  const root = `${service.host}/${container}`;
  /** The first day to be listed; undefined until all of the series was listed once. */
  let fromDay: number | undefined;
  /** Blobs that were seen and could not be read yet. */
  const owed = new Map<string, HourlyBlob>();

  /** The blobs that can have grown; the first time all there are. One call a day that is looked at. */
  async function listed(): Promise<readonly ListedBlob[] | undefined> {
    const first = fromDay;
    const prefixes =
      first === undefined
        ? [prefix]
        : Array.from(
            { length: Math.floor(clock() / DAY_MS) - first + 1 },
            (_, n) => prefix + dayPrefix(first + n),
          );
    const blobs: ListedBlob[] = [];
    for (const one of prefixes) {
      const place = `${root}/${prefix}`;
      const found = await tried(place, needAt(place), () => service.blobs(container, one));
      if (found === undefined) return undefined;
      blobs.push(...found);
    }
    return blobs;
  }

  const read: FollowParts['read'] = async ({ name, lane }, offset, count) => {
    let isRefused = false;
    const answer = await tried(`${root}/${lane}`, needAt(`${root}/${name}`), async () => {
      try {
        return { kind: 'bytes', bytes: await service.read(container, name, offset, count) } as const;
      } catch (thrown) {
        const kind = kindOf(thrown);
        isRefused = kind === 'refused';
        if (kind === undefined || isRefused) throw thrown;
        return { kind } as const;
      }
    });
    return answer ?? { kind: isRefused ? 'refused' : 'failed' };
  };

  const tell = (what: string): void => gap(`${container}/${what}`);
  const parts: FollowParts = { ...following, read, clock, settleMs, gap: tell };

  return async function* readSeries() {
    const settled = clock() - settleMs - HOUR_MS;
    const blobs = await listed();
    if (blobs === undefined) return;
    const unread = await lanes.unread(blobs);
    const names = new Set(blobs.map(({ name }) => name));
    for (const [name, { length }] of owed) {
      owed.delete(name);
      if (!names.has(name)) tell(`${name} was deleted before it was read: up to ${length} bytes`);
    }
    const stopped = new Set<string>();
    for (const [index, blob] of unread.entries()) {
      if (signal.aborted) return;
      // The next day of a lane waits for this one: a sequence cannot go back.
      const outcome = stopped.has(blob.lane) ? 'failed' : yield* follow(blob, lanes.laneOf(blob), parts);
      if (outcome === 'read') continue;
      if (outcome === 'refused' && unread.slice(index + 1).some(({ lane }) => lane === blob.lane)) {
        tell(`${blob.name} is not given out: up to ${blob.length} bytes are left out`);
        continue;
      }
      stopped.add(blob.lane);
      owed.set(blob.name, blob);
    }
    const oldest = Math.min(settled, ...[...owed.values()].map(({ hour }) => hour));
    fromDay = Math.floor(oldest / DAY_MS);
  };
}

/** What an answer other than bytes says of this one blob; undefined when it is about the service. */
function kindOf(thrown: unknown): 'gone' | 'beyond' | 'refused' | undefined {
  const { statusCode, code } = thrown as { readonly statusCode?: unknown; readonly code?: unknown };
  switch (statusCode) {
    case 404:
      return code === 'ContainerNotFound' ? undefined : 'gone';
    case 416:
      return 'beyond';
    case 409:
    case 412:
      return 'refused';
    default:
      return undefined;
  }
}
