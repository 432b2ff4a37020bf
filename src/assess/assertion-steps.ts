import type {
  Assertion,
  AssertionStatus,
  ComputedStatus,
  Decision,
  Observation,
  ResourceStatus,
} from '../domain/control.ts';
import { statuses } from '../domain/control.ts';
import type { TimeRange } from '../domain/ports.ts';
import { insertSorted } from '../lib/sorted.ts';
import type { Silence, Step } from './resource.ts';
import { createResourceTimeline } from './resource-timeline.ts';
import type { ResourceTimeline } from './resource-timeline.ts';
import { createWorstOf, stepAt } from './timeline.ts';
import type { From } from './timeline.ts';

/** The name under which a live log source is observed. */
export const watchedResource = (eventClass: string): string => `log:${eventClass}`;

/** What is said about one assertion at every moment, by all observations of it so far. */
export interface AssertionSteps {
  /** Takes in more observations, in any order. What was said of moments before the one that it answers stays. */
  add(observations: readonly Observation[]): number;
  /** The assertion's status over time. */
  readonly steps: readonly From<ComputedStatus>[];
  /**
   * How it stands at the window's end, as known then. What was observed later changes nothing about it; an observation of
   * the very moment of the end would, and may not be among those taken in.
   */
  statusAt(range: TimeRange): AssertionStatus;
}

interface Seen {
  readonly resource: string;
  readonly timeline: ResourceTimeline;
}

const byName = (a: Seen, b: Seen): number => (a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : 0);

/** Before a watched log source was first seen, it was not seen: that is no silence but a gap. */
const notSeen: readonly Step[] = [
  { from: Number.NEGATIVE_INFINITY, status: 'NO_EVIDENCE', reason: 'not seen yet', observation: undefined },
];

export function createAssertionSteps(assertion: Assertion, decisions: readonly Decision[]): AssertionSteps {
  const watched = new Set(assertion.watches.map(watchedResource));
  const seen = new Map<string, Seen>();
  const named: Seen[] = [];
  const merged = createWorstOf((worst) => worst ?? 'NO_EVIDENCE');

  const timelineOf = (resource: string): ResourceTimeline => {
    const known = seen.get(resource);
    if (known !== undefined) return known.timeline;
    const made = { resource, timeline: createResourceTimeline(assertion, decisions) };
    seen.set(resource, made);
    insertSorted(named, [made], byName);
    return made.timeline;
  };

  const renew = (from: number): void =>
    merged.renew(
      named.map(({ resource, timeline }) =>
        watched.has(resource) ? [...notSeen, ...timeline.steps] : timeline.steps,
      ),
      from,
    );

  const resourceAt = ({ resource, timeline }: Seen, { from, to }: TimeRange): ResourceStatus | undefined => {
    if (watched.has(resource) && (timeline.first === undefined || timeline.first >= to)) {
      const reason = `no ${resource.slice('log:'.length)} event arrived`;
      return { resource, status: 'NO_EVIDENCE', since: from, reason, observation: undefined };
    }
    const last = stepAt<ComputedStatus | undefined, Step | Silence>(timeline.steps, to);
    if (last?.status === undefined) return undefined;
    const { status, from: since, reason, observation } = last;
    return { resource, status, since, reason, observation };
  };

  /** Worst first, then by name. */
  const resourcesAt = (range: TimeRange): readonly ResourceStatus[] => {
    const byStatus = Map.groupBy(
      named.flatMap((one) => resourceAt(one, range) ?? []),
      ({ status }) => status,
    );
    return statuses.flatMap((status) => byStatus.get(status) ?? []);
  };

  for (const resource of watched) timelineOf(resource);
  renew(Number.NEGATIVE_INFINITY);

  return {
    add(observations) {
      for (const [resource, more] of Map.groupBy(observations, (one) => one.resource))
        timelineOf(resource).add(more);
      const from = observations.reduce((earliest, { time }) => Math.min(earliest, time), Infinity);
      renew(from);
      return from;
    },
    steps: merged.steps,
    statusAt(range) {
      const resources = resourcesAt(range);
      const now = stepAt<ComputedStatus, From<ComputedStatus>>(merged.steps, range.to) ?? {
        from: range.from,
        status: 'NO_EVIDENCE',
      };
      return {
        assertion: assertion.id,
        status: now.status,
        since: Math.max(now.from, range.from),
        reason: reasonOf(now.status, resources),
        resources,
      };
    },
  };
}

function reasonOf(status: ComputedStatus, resources: readonly ResourceStatus[]): string {
  const same = resources.filter((resource) => resource.status === status);
  const first = same[0];
  if (first === undefined) return 'no observation speaks to it';
  if (status !== 'PASS') return `${first.reason}${same.length > 1 ? ` (and ${same.length - 1} more)` : ''}`;
  const aside = resources.length > same.length ? `, ${resources.length - same.length} not applicable` : '';
  return `${same.length} observed, all hold${aside}`;
}
