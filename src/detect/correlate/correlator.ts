import type { Event } from '../../domain/event.ts';
import type { Detection, Match } from '../../domain/detection.ts';
import type { JsonValue } from '../../lib/json.ts';
import { readField, textOf } from '../../sigma/fields.ts';
import { createGroups } from './groups.ts';
import type { Moment } from './groups.ts';
import { membershipOf, readingOf } from './member.ts';
import type { Member, Placed, Reading } from './member.ts';
import type { CorrelationPlan, FieldReader } from './plan.ts';
import { createWaiting } from './waiting.ts';
import { createWatermark } from './watermark.ts';
import type { Arrival, WatermarkSettings } from './watermark.ts';

/** Why something was not counted, or not in its turn. Each is counted; none is silent. */
export const correlationLosses = {
  late: 'It came after the watermark had passed its time.',
  future: 'Its time lies further ahead of its receipt than the allowed lateness.',
  repeated: 'The same event was waiting already.',
  group_missing: 'It lacks a field of `group-by`.',
  value_missing: 'It lacks the field whose values are counted.',
  groups_too_many: 'Its arrays would put it into more than 64 groups.',
  evicted: 'A window gave it up because memory ran out.',
  forced: 'It was taken before its time because too many waited.',
} as const;
export type CorrelationLoss = keyof typeof correlationLosses;

/** An event as a finding needs it: the record itself is not kept while it waits. */
export type Lead = Omit<Event, 'record'>;

/** What a correlation found: the first moment of a window, and the event that completed it. */
export interface CorrelationHit {
  readonly detection: Detection;
  readonly plan: CorrelationPlan;
  readonly moment: Moment;
  readonly lead: Lead;
  /** What `custom.resource` of the correlation names in that event. */
  readonly resource: string | undefined;
}

export interface RunnableCorrelation {
  readonly detection: Detection;
  readonly plan: CorrelationPlan;
  /** True: it only serves others, and makes no finding of its own. */
  readonly isSilent: boolean;
}

export interface CorrelatorSettings extends WatermarkSettings {
  /** Each after the ones that it names. */
  readonly correlations: readonly RunnableCorrelation[];
  /** Which correlations a detection takes part in, by its id. */
  readonly usesOf: (detectionId: string) => readonly { readonly plan: number; readonly rule: number }[];
  readonly lost: (why: CorrelationLoss, count: number) => void;
  /** Events that may wait for the watermark. (Default: 200,000) */
  readonly mostWaiting?: number;
  /** Events that all windows together may hold. (Default: 1,000,000) */
  readonly mostHeld?: number;
}

/** One event and the detections that matched it: all of it can be sent to another thread. */
export interface Matched {
  readonly event: Event;
  readonly detections: readonly Detection[];
}

export const asMatched = (event: Event, matches: readonly Match[]): Matched => ({
  event,
  detections: matches.map(({ detection }) => detection),
});

/** Finds what no single event shows. Hits come in event time, once the watermark has passed them. */
export interface Correlator {
  /** Takes one message: its events that matched something. */
  take(arrival: Arrival, matched: readonly Matched[]): readonly CorrelationHit[];
  /**
   * Lets time pass for streams that are silent.
   *
   * @param now epoch ms, not later than the receipt of any message that is still to be taken.
   */
  tick(now: number): readonly CorrelationHit[];
  /** Nothing more will come: everything that waits is taken. */
  finish(): readonly CorrelationHit[];
  /** Events before this moment would be late, epoch ms. */
  readonly watermark: number;
  /** Events that wait for the watermark, and members that windows hold. */
  readonly size: { readonly waiting: number; readonly held: number };
  /** The pieces of `take`, for rebuilding after a restart: see restore.ts. */
  readonly pieces: CorrelatorPieces;
}

export interface CorrelatorPieces {
  /** Notes a message; answers the watermark that its own events were judged by. */
  arrive(arrival: Arrival): number;
  /** Keeps what is not late by `watermark` until its time comes. */
  admit(receivedAt: number, matched: readonly Matched[], watermark: number): void;
  /** Takes everything before the watermark. */
  settle(): readonly CorrelationHit[];
}

interface Admitted {
  readonly lead: Lead;
  readonly resources: ReadonlyMap<number, string>;
  readonly placed: readonly { readonly plan: number; readonly placed: readonly Placed[] }[];
}

interface Inbox {
  readonly placed: Placed[];
  readonly leads: Map<Member, Pick<Admitted, 'lead' | 'resources'>>;
}

/** What reaches each correlation at one instant, by its place among them. */
type Inboxes = Map<number, Inbox>;

export function createCorrelator(settings: CorrelatorSettings): Correlator {
  const { correlations, usesOf, lost, latenessMs, mostWaiting = 200_000, mostHeld = 1_000_000 } = settings;
  const watermark = createWatermark(settings);
  const waiting = createWaiting<Admitted>();
  const waitingIds = new Set<string>();
  const runs = correlations.map((item) => ({ ...item, groups: createGroups(item.plan) }));
  const withResource = correlations.flatMap(({ detection }, plan) =>
    detection.resourceFields.length > 0 ? [{ plan, fields: detection.resourceFields }] : [],
  );

  const heldNow = (): number => runs.reduce((sum, { groups }) => sum + groups.held, 0);

  function admitOne({ event, detections }: Matched): void {
    const rulesByPlan = new Map<number, number[]>();
    for (const detection of detections)
      for (const { plan, rule } of usesOf(detection.id)) {
        const rules = rulesByPlan.get(plan);
        if (rules === undefined) rulesByPlan.set(plan, [rule]);
        else if (!rules.includes(rule)) rules.push(rule);
      }
    if (rulesByPlan.size === 0) return;
    if (waitingIds.has(event.id)) {
      lost('repeated', 1);
      return;
    }
    const reading = readingOf(event.record);
    const { record, ...lead } = event;
    const placed: Admitted['placed'][number][] = [];
    for (const [at, rules] of rulesByPlan) {
      const plan = runs[at]?.plan;
      if (plan === undefined) continue;
      const about = { time: event.time, id: event.id, events: [event.id] };
      const found = membershipOf(
        plan,
        rules.toSorted((a, b) => a - b),
        () => reading,
        about,
      );
      if (found.unread !== undefined) lost(found.unread, 1);
      if (found.placed.length > 0) placed.push({ plan: at, placed: found.placed });
    }
    if (placed.length === 0) return;
    const resources = new Map(
      withResource.flatMap(({ plan, fields }) => {
        const text = fields
          .flatMap((field) => readField(record, field).map(textOf))
          .find((found) => found !== undefined && found !== '');
        return text === undefined ? [] : [[plan, text.toLowerCase()] as const];
      }),
    );
    waitingIds.add(event.id);
    waiting.add(event.time, { lead, resources, placed });
  }

  /** Everything of one instant, each correlation after the ones below it. */
  function takeInstant(): readonly CorrelationHit[] {
    const time = waiting.oldest;
    const inboxes: Inboxes = new Map();
    for (const admitted of waiting.shift().toSorted((a, b) => (a.lead.id < b.lead.id ? -1 : 1))) {
      waitingIds.delete(admitted.lead.id);
      for (const { plan, placed } of admitted.placed) deliver(inboxes, plan, placed, admitted);
    }
    const hits: CorrelationHit[] = [];
    for (const [at, { detection, plan, isSilent, groups }] of runs.entries()) {
      const inbox = inboxes.get(at);
      if (inbox === undefined) continue;
      for (const { moment, last } of groups.take(time, inbox.placed)) {
        const from = inbox.leads.get(last);
        if (from === undefined) continue;
        if (moment.isFirst && !isSilent)
          hits.push({ detection, plan, moment, lead: from.lead, resource: from.resources.get(at) });
        for (const above of plan.above) passUp(plan, moment, above, inboxes, from);
      }
    }
    return hits;
  }

  function passUp(
    below: CorrelationPlan,
    moment: Moment,
    { plan: at, rule }: { readonly plan: number; readonly rule: number },
    inboxes: Inboxes,
    from: Pick<Admitted, 'lead' | 'resources'>,
  ): void {
    const plan = runs[at]?.plan;
    if (plan === undefined || !(moment.isFirst || plan.takesMoments)) return;
    const { time, id, events } = moment;
    const found = membershipOf(plan, [rule], () => momentReading(below, moment), { time, id, events });
    if (found.unread !== undefined) lost(found.unread, 1);
    deliver(inboxes, at, found.placed, from);
  }

  function settle(): readonly CorrelationHit[] {
    const hits: CorrelationHit[] = [];
    const isMoving = waiting.oldest < watermark.value;
    while (waiting.oldest < watermark.value) for (const hit of takeInstant()) hits.push(hit);
    while (waiting.size > mostWaiting) {
      const [time, before] = [waiting.oldest, waiting.size];
      watermark.raise(time + 1);
      for (const hit of takeInstant()) hits.push(hit);
      lost('forced', before - waiting.size);
    }
    if (isMoving) for (const { groups } of runs) groups.sweep(watermark.value);
    for (let held = heldNow(); held > mostHeld; held = heldNow()) lost('evicted', evictQuietest());
    return hits;
  }

  function evictQuietest(): number {
    const quietest = runs.reduce((a, b) =>
      (b.groups.quietestAt ?? Infinity) < (a.groups.quietestAt ?? Infinity) ? b : a,
    );
    return quietest.groups.evict();
  }

  const pieces: CorrelatorPieces = {
    arrive(arrival) {
      const judgedBy = watermark.advance(arrival.receivedAt);
      watermark.arrive(arrival);
      watermark.advance(arrival.receivedAt);
      return judgedBy;
    },
    admit(receivedAt, matched, judgedBy) {
      for (const one of matched) {
        if (one.event.time < judgedBy) lost('late', 1);
        else if (one.event.time > receivedAt + latenessMs) lost('future', 1);
        else admitOne(one);
      }
    },
    settle,
  };

  return {
    take(arrival, matched) {
      const judgedBy = pieces.arrive(arrival);
      if (matched.length > 0) pieces.admit(arrival.receivedAt, matched, judgedBy);
      return settle();
    },
    tick(now) {
      watermark.advance(now);
      return settle();
    },
    finish() {
      watermark.raise(Infinity);
      return settle();
    },
    get watermark() {
      return watermark.value;
    },
    get size() {
      return { waiting: waiting.size, held: heldNow() };
    },
    pieces,
  };
}

function deliver(
  inboxes: Inboxes,
  plan: number,
  placed: readonly Placed[],
  { lead, resources }: Pick<Admitted, 'lead' | 'resources'>,
): void {
  if (placed.length === 0) return;
  let inbox = inboxes.get(plan);
  if (inbox === undefined) {
    inbox = { placed: [], leads: new Map() };
    inboxes.set(plan, inbox);
  }
  for (const one of placed) {
    inbox.placed.push(one);
    inbox.leads.set(one.member, { lead, resources });
  }
}

/** A correlation's moment read as an event: its groups by their names, any other field as its events have it. */
export const momentReading =
  (below: CorrelationPlan, { group, carried }: Moment): Reading =>
  ({ name }: FieldReader): readonly JsonValue[] => {
    const place = below.correlation.groupBy.findIndex((field) => field.name === name);
    if (place >= 0) return group.slice(place, place + 1);
    return carried[below.carried.indexOf(name)] ?? [];
  };
