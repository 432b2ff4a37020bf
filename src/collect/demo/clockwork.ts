import { HOUR_MS } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { people } from './tenant.ts';
import type { Person, Zone } from './tenant.ts';

/** The event hubs that the tenant's diagnostic settings and exports write to. */
export type Hub = 'insights-activity-logs' | 'entra' | 'ai-diagnostics' | 'platform' | 'defender-export';

/** A record that happens, and the hub it will arrive through. */
export interface Planned {
  readonly hub: Hub;
  /** When it happens, epoch ms. */
  readonly time: number;
  readonly record: JsonObject;
}

/** What the stories do to the ordinary traffic around them. */
export interface Disturbances {
  /** Resources whose diagnostic logs are off for a while. */
  readonly silences: readonly { readonly resourceId: string; readonly from: number; readonly to: number }[];
  /** Resources and people whose state a story holds, so that routine work must not put it right meanwhile. */
  readonly holds: readonly { readonly id: string; readonly from: number; readonly to: number }[];
  /** Assessments that are unhealthy for a while; `to` may lie beyond the day. */
  readonly faults: readonly {
    readonly assessment: string;
    readonly resourceId: string;
    readonly from: number;
    readonly to: number;
  }[];
}

/** One hour of the day, as a family of records sees it. */
export interface Hour extends Disturbances {
  /** 0 to 23. */
  readonly index: number;
  readonly start: number;
  readonly random: Random;
  /** How much of the usual traffic there is; 1 is a usual day. */
  readonly scale: number;
  readonly emit: (hub: Hub, time: number, record: JsonObject) => void;
}

/** 24 weights, one an hour in UTC, that sum to 1. */
export type Curve = readonly number[];

const localDay = [
  0.01, 0.01, 0.01, 0.01, 0.01, 0.03, 0.06, 0.2, 0.65, 1, 1, 0.95, 0.6, 0.85, 1, 0.95, 0.85, 0.5, 0.2, 0.1,
  0.06, 0.04, 0.02, 0.01,
];

/** Hours that a zone's clock is behind UTC in winter; 2 March is before both changes. */
const hoursBehind: Readonly<Record<Zone, number>> = { london: 0, chicago: 6 };

const shareOfLondon = 0.6;

const presence = (zone: Zone, hour: number): number => localDay[(hour + 24 - hoursBehind[zone]) % 24] ?? 0;

const normalised = (weights: readonly number[]): Curve => {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
};

const hours = Array.from({ length: 24 }, (_, hour) => hour);

export const curves = {
  /** People at work in both zones. */
  office: normalised(
    hours.map(
      (hour) => shareOfLondon * presence('london', hour) + (1 - shareOfLondon) * presence('chicago', hour),
    ),
  ),
  /** Applications: people's hours over a floor of machines talking to machines. */
  application: normalised(
    hours.map(
      (hour) =>
        0.25 + shareOfLondon * presence('london', hour) + (1 - shareOfLondon) * presence('chicago', hour),
    ),
  ),
  /** Backups, index rebuilds and syncs between midnight and five. */
  night: normalised(hours.map((hour) => (hour < 5 ? 1 : 0.05))),
  steady: normalised(hours.map(() => 1)),
} as const satisfies Record<string, Curve>;

/** The moments in this hour at which something happens that happens `perDay` times along the curve. */
export function moments(hour: Hour, perDay: number, curve: Curve): readonly number[] {
  const expected = perDay * hour.scale * (curve[hour.index] ?? 0);
  const count = Math.floor(expected) + (hour.random.chance(expected % 1) ? 1 : 0);
  return Array.from({ length: count }, () => hour.start + Math.floor(hour.random.next() * HOUR_MS));
}

const byZone: Readonly<Record<Zone, readonly Person[]>> = {
  london: people.filter(({ zone }) => zone === 'london'),
  chicago: people.filter(({ zone }) => zone === 'chicago'),
};

/** Someone who may well be at work at this hour. */
export function someoneAtWork(hour: Hour): Person {
  const london = shareOfLondon * presence('london', hour.index);
  const chicago = (1 - shareOfLondon) * presence('chicago', hour.index);
  return hour.random.pick(byZone[hour.random.next() * (london + chicago) < london ? 'london' : 'chicago']);
}

export const isSilent = (hour: Disturbances, resourceId: string, time: number): boolean =>
  hour.silences.some(
    (silence) => silence.resourceId === resourceId && time >= silence.from && time < silence.to,
  );

/** Also true for what lies below a held resource. */
export const isHeld = (hour: Disturbances, id: string, time: number): boolean =>
  hour.holds.some((hold) => id.startsWith(hold.id) && time >= hold.from && time < hold.to);
