import { placeOf } from '../collect/event-hubs/settings.ts';
import type { Config } from '../config.ts';
import { MINUTE_MS, SECOND_MS, formatDuration } from '../lib/clock.ts';
import { ok } from './doctor-check.ts';
import type { Check } from './doctor-check.ts';
import type { Io } from './io.ts';

const PATIENCE_MS = 5 * SECOND_MS;
/** Microsoft Entra refuses tokens whose times are further off than this, and storage signatures sooner or later too. */
const MOST_OFF_MS = 5 * MINUTE_MS;
const SLIGHTLY_OFF_MS = 30 * SECOND_MS;

/** Web addresses that the service talks to anyway; whatever they answer bears their time. */
export function clocksOf({ sources, lake }: Config): readonly string[] {
  const found = Object.values(sources).flatMap((settings): (string | undefined)[] => {
    switch (settings.type) {
      case 'log_analytics':
      case 'defender_posture':
        return [settings.endpoint];
      case 'storage_blobs':
        return [settings.account];
      case 'event_hubs': {
        const place = placeOf(settings);
        return settings.endpoint === undefined && place !== undefined ? [`https://${place.namespace}`] : [];
      }
      default:
        return [];
    }
  });
  return [
    ...new Set(
      [lake.container?.url, ...found].flatMap((url) => (url === undefined ? [] : new URL(url).origin)),
    ),
  ];
}

/** How far our clock is ahead of a server's, ms, by the Date of its answer (RFC 9110, section 6.6.1); to the second. */
async function aheadOf(
  url: string,
  { fetch, clock }: Pick<Io, 'fetch' | 'clock'>,
): Promise<number | undefined> {
  try {
    const before = clock();
    const answer = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const theirs = Date.parse(answer.headers.get('date') ?? '');
    return Number.isNaN(theirs) ? undefined : Math.round((before + clock()) / 2 - theirs);
  } catch {
    return undefined;
  }
}

/** A clock that is off stamps evidence with times that no auditor will take, and is refused by who checks tokens. */
export async function checkClock(io: Pick<Io, 'fetch' | 'clock'>, config: Config): Promise<Check> {
  const now = new Date(io.clock());
  const year = now.getUTCFullYear();
  const fix = 'set the clock, and let a time service such as chrony keep it; evidence is stamped with it';
  if (year < 2026 || year >= 2100) return { name: 'clock', state: 'broken', found: now.toISOString(), fix };
  for (const url of clocksOf(config)) {
    const ahead = await aheadOf(url, io);
    if (ahead === undefined) continue;
    const off = Math.abs(ahead);
    const found = `${now.toISOString()}, ${formatDuration(off)} ${ahead < 0 ? 'behind' : 'ahead of'} ${new URL(url).host}`;
    if (off <= SLIGHTLY_OFF_MS) return ok('clock', found);
    return { name: 'clock', state: off > MOST_OFF_MS ? 'broken' : 'warning', found, fix };
  }
  return ok('clock', `${now.toISOString()}, compared with nobody`);
}
