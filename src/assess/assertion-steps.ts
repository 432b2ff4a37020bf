import type {
  Assertion,
  AssertionStatus,
  ComputedStatus,
  Decision,
  Observation,
  ResourceStatus,
} from '../domain/control.ts';
import type { TimeRange } from '../domain/ports.ts';
import { inOrder, rank, resourceSteps, worst } from './resource.ts';
import type { Silence, Step } from './resource.ts';
import { mergeSteps, stepAt } from './timeline.ts';

export interface Timed<S> {
  readonly from: number;
  readonly status: S;
}

/** The name under which a live log source is observed. */
export const watchedResource = (eventClass: string): string => `log:${eventClass}`;

/** What is said about one assertion at every moment, by all observations of it so far. */
export interface AssertionSteps {
  /** Takes in more observations, in any order. */
  add(observations: readonly Observation[]): void;
  /** The assertion's status over time. */
  readonly steps: readonly Timed<ComputedStatus>[];
  /**
   * How it stands at the window's end, as known then. What was observed later changes nothing about it; an observation of
   * the very moment of the end would, and may not be among those taken in.
   */
  statusAt(range: TimeRange): AssertionStatus;
}

interface Seen {
  ordered: readonly Observation[];
  steps: readonly (Step | Silence)[];
}

const neverSeen = (reason: string): Step => ({
  from: Number.NEGATIVE_INFINITY,
  status: 'NO_EVIDENCE',
  reason,
  observation: undefined,
});

export function createAssertionSteps(assertion: Assertion, decisions: readonly Decision[]): AssertionSteps {
  const seen = new Map<string, Seen>();
  const watched = assertion.watches.map(watchedResource);
  let merged: readonly Timed<ComputedStatus>[] | undefined;

  const merge = (): readonly Timed<ComputedStatus>[] => {
    // Before a watched log source was first seen, it was not seen: that is no silence but a gap.
    const parts: (readonly (Step | Silence)[])[] = watched.map((resource) => [
      neverSeen('not seen yet'),
      ...(seen.get(resource)?.steps ?? []),
    ]);
    for (const [resource, { steps }] of seen) if (!watched.includes(resource)) parts.push(steps);
    return mergeSteps(parts, combineResources);
  };

  const resourcesAt = ({ from, to }: TimeRange): ResourceStatus[] => {
    const resources: ResourceStatus[] = [];
    for (const resource of watched) {
      const first = seen.get(resource)?.ordered[0];
      if (first !== undefined && first.time < to) continue;
      const reason = `no ${resource.slice('log:'.length)} event arrived`;
      resources.push({ resource, status: 'NO_EVIDENCE', since: from, reason, observation: undefined });
    }
    for (const [resource, { steps }] of seen) {
      const last = stepAt<ComputedStatus | undefined, Step | Silence>(steps, to);
      if (last?.status === undefined) continue;
      const { status, from: since, reason, observation } = last;
      resources.push({ resource, status, since, reason, observation });
    }
    return resources.toSorted(
      (a, b) => rank(a.status) - rank(b.status) || (a.resource < b.resource ? -1 : 1),
    );
  };

  return {
    add(observations) {
      for (const [resource, more] of Map.groupBy(observations, (one) => one.resource)) {
        const ordered = inOrder([...(seen.get(resource)?.ordered ?? []), ...more]);
        seen.set(resource, { ordered, steps: resourceSteps(assertion, ordered, decisions) });
      }
      if (observations.length > 0) merged = undefined;
    },
    get steps() {
      return (merged ??= merge());
    },
    statusAt(range) {
      const resources = resourcesAt(range);
      const now = stepAt<ComputedStatus, Timed<ComputedStatus>>((merged ??= merge()), range.to) ?? {
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

function combineResources(values: readonly (ComputedStatus | undefined)[]): ComputedStatus {
  const spoken = values.filter((value) => value !== undefined);
  return spoken.length === 0 ? 'NO_EVIDENCE' : spoken.reduce(worst);
}

function reasonOf(status: ComputedStatus, resources: readonly ResourceStatus[]): string {
  const same = resources.filter((resource) => resource.status === status);
  const first = same[0];
  if (first === undefined) return 'no observation speaks to it';
  if (status !== 'PASS') return `${first.reason}${same.length > 1 ? ` (and ${same.length - 1} more)` : ''}`;
  const aside = resources.length > same.length ? `, ${resources.length - same.length} not applicable` : '';
  return `${same.length} observed, all hold${aside}`;
}
