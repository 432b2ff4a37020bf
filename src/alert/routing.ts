import { z } from 'zod';
import type { Incident } from '../domain/incident.ts';
import { compareLevels, levels } from '../domain/severity.ts';
import type { Level } from '../domain/severity.ts';
import { stormOf } from './storm.ts';

export const RoutingSettings = z.strictObject({
  minLevel: z.enum(levels).default('high').describe('People are told from this level on.'),
  stormLimit: z
    .int()
    .min(1)
    .default(20)
    .describe('More new incidents than this in one round are told as one storm incident.'),
});
export type RoutingSettings = z.infer<typeof RoutingSettings>;

/** What people know of one incident. */
export interface ToldState {
  readonly state: Incident['state'];
  readonly level: Level;
  /** Set when they were told of it inside a storm incident, and which one. */
  readonly storm: string | undefined;
  /** For a storm incident itself: the keys it stands for. */
  readonly covers: readonly string[];
  /** The storm incident as told, to be told again as resolved. */
  readonly incident: Incident | undefined;
}

/** By incident key. Plain data: store it, or rebuild it from the delivery records. */
export type Told = ReadonlyMap<string, ToldState>;

export interface Routed {
  /** To be sent now, worst first. */
  readonly tell: readonly Incident[];
  /** What people know once all of `tell` has arrived. */
  readonly told: Told;
}

const toldOf = (incident: Incident, over: Partial<ToldState> = {}): ToldState => ({
  state: incident.state,
  level: incident.level,
  storm: undefined,
  covers: [],
  incident: undefined,
  ...over,
});

/** Open and nobody knows: never told, or told resolved. */
const isNew = (incident: Incident, before: ToldState | undefined): boolean =>
  incident.state === 'open' && (before === undefined || before.state === 'resolved');

const hasRisen = (incident: Incident, before: ToldState | undefined): boolean =>
  incident.state === 'open' && before?.state === 'open' && compareLevels(incident.level, before.level) > 0;

const worstFirst = (a: Incident, b: Incident): number =>
  compareLevels(b.level, a.level) || a.firstSeen - b.firstSeen;

/**
 * Decides what people are told. Give it every incident the book knows, each round: what is told already stays
 * quiet, and what could not be delivered last time comes again.
 */
export function route(settings: RoutingSettings, before: Told, incidents: readonly Incident[]): Routed {
  const known = new Set(incidents.map(({ key }) => key));
  const told = new Map([...before].filter(([key, state]) => state.state === 'open' || known.has(key)));
  const tell: Incident[] = [];
  const fresh = incidents.filter(
    (incident) =>
      compareLevels(incident.level, settings.minLevel) >= 0 && isNew(incident, before.get(incident.key)),
  );

  if (fresh.length > settings.stormLimit) {
    const storm = stormOf(fresh);
    tell.push(storm);
    told.set(storm.key, toldOf(storm, { covers: fresh.map(({ key }) => key), incident: storm }));
    for (const incident of fresh)
      told.set(incident.key, toldOf(incident, { storm: storm.key, level: storm.level }));
  } else {
    for (const incident of fresh) {
      tell.push(incident);
      told.set(incident.key, toldOf(incident));
    }
  }

  for (const incident of incidents) {
    const earlier = before.get(incident.key);
    if (hasRisen(incident, earlier)) {
      tell.push(incident);
      told.set(incident.key, toldOf(incident));
    } else if (incident.state === 'resolved' && earlier?.state === 'open') {
      if (earlier.storm === undefined) tell.push(incident);
      told.set(incident.key, toldOf(incident, { storm: earlier.storm }));
    }
  }

  tell.push(...calmedStorms(told));
  return { tell: tell.toSorted(worstFirst), told };
}

/** A storm is over when none of what it stands for is open any more. */
function calmedStorms(told: Map<string, ToldState>): readonly Incident[] {
  const calmed: Incident[] = [];
  for (const [key, known] of told) {
    if (known.incident === undefined || known.state === 'resolved') continue;
    const isOpen = known.covers.some((covered) => {
      const state = told.get(covered);
      return state?.state === 'open' && state.storm === key;
    });
    if (isOpen) continue;
    const resolved: Incident = { ...known.incident, state: 'resolved' };
    calmed.push(resolved);
    told.set(key, { ...known, state: 'resolved', incident: resolved });
  }
  return calmed;
}

/**
 * What people know when some of it did not arrive: those keys, and what a storm among them covers, go back to
 * what was known before, so that the next round tells them again.
 */
export function withoutUndelivered(before: Told, routed: Routed, undelivered: ReadonlySet<string>): Told {
  const told = new Map<string, ToldState>();
  for (const [key, state] of routed.told) {
    const isLost = undelivered.has(key) || (state.storm !== undefined && undelivered.has(state.storm));
    const known = isLost ? before.get(key) : state;
    if (known !== undefined) told.set(key, known);
  }
  return told;
}
