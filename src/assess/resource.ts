import { statuses } from '../domain/control.ts';
import type { Assertion, ComputedStatus, Decision, Observation } from '../domain/control.ts';

/** Status from `from` on, until the next step. */
export interface Step {
  readonly from: number;
  readonly status: ComputedStatus;
  readonly reason: string;
  readonly observation: Observation | undefined;
}

/** No opinion: the resource plays no part from here on. */
export interface Silence {
  readonly from: number;
  readonly status: undefined;
}

export const rank = (status: ComputedStatus): number => statuses.indexOf(status);
export const worst = (a: ComputedStatus, b: ComputedStatus): ComputedStatus => (rank(a) <= rank(b) ? a : b);

const resultRank = { fail: 0, error: 1, pass: 2, not_applicable: 3 } as const satisfies Record<
  Observation['result'],
  number
>;

/** Oldest first; of two at the same moment the worse one last, because the last one counts. */
export const inOrder = (observations: readonly Observation[]): Observation[] =>
  observations.toSorted(
    (a, b) =>
      a.time - b.time ||
      resultRank[b.result] - resultRank[a.result] ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );

/** The approved deviation that covers a failure of `assertion` on `resource` at `time`. */
const exceptionAt = (
  decisions: readonly Decision[],
  assertion: string,
  resource: string,
  time: number,
): Decision | undefined =>
  decisions.find(
    (decision) =>
      decision.kind === 'exception' &&
      decision.subject === assertion &&
      (decision.resource === '*' || decision.resource === resource) &&
      decision.from <= time &&
      time < decision.expires,
  );

/** Where the newest observation stands that was made by `time`; -1 when none was. */
function lastAt(ordered: readonly Observation[], time: number): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle]?.time ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * What is said about one resource at `time`. The newest observation that still speaks counts; one that lies
 * in the past without asking to be renewed gives way to what was said before it.
 */
export function resourceAt(
  assertion: Assertion,
  ordered: readonly Observation[],
  decisions: readonly Decision[],
  time: number,
): Step | Silence {
  for (let index = lastAt(ordered, time); index >= 0; index--) {
    const observation = ordered[index];
    if (observation === undefined) continue;
    if (time >= observation.validUntil) {
      if (observation.onExpiry === 'nothing') continue;
      return {
        from: time,
        status: 'NO_EVIDENCE',
        reason: `last said by ${observation.by}, too long ago`,
        observation,
      };
    }
    return stepOf(assertion, ordered, index, observation, decisions, time);
  }
  return { from: time, status: undefined };
}

function stepOf(
  assertion: Assertion,
  ordered: readonly Observation[],
  index: number,
  observation: Observation,
  decisions: readonly Decision[],
  time: number,
): Step {
  const step = (status: ComputedStatus, reason: string): Step => ({
    from: time,
    status,
    reason,
    observation,
  });
  switch (observation.result) {
    case 'pass':
      return step('PASS', observation.detail);
    case 'not_applicable':
      return step('NOT_APPLICABLE', observation.detail);
    case 'error':
      return step('NO_EVIDENCE', observation.detail);
    case 'fail': {
      const exception = exceptionAt(decisions, assertion.id, observation.resource, time);
      if (exception !== undefined)
        return step('EXCEPTION', `${exception.reason} (approved by ${exception.approvedBy})`);
      const isInGrace = time < failingSince(ordered, index) + assertion.graceMs;
      return step(isInGrace ? 'AT_RISK' : 'FAIL', observation.detail);
    }
  }
}

/** Start of the unbroken run of failures that ends at `index`. */
function failingSince(ordered: readonly Observation[], index: number): number {
  let since = ordered[index]?.time ?? 0;
  for (let before = index - 1; before >= 0; before--) {
    const observation = ordered[before];
    if (observation?.result !== 'fail' || observation.validUntil < since) break;
    since = observation.time;
  }
  return since;
}

/** The resource's status over time: one entry per change, oldest first. */
export function resourceSteps(
  assertion: Assertion,
  observations: readonly Observation[],
  decisions: readonly Decision[],
): (Step | Silence)[] {
  const ordered = inOrder(observations);
  const moments = new Set<number>();
  for (const { time, validUntil, result } of ordered) {
    moments.add(time).add(validUntil);
    if (result === 'fail') moments.add(time + assertion.graceMs);
  }
  for (const { kind, subject, from, expires } of decisions) {
    if (kind === 'exception' && subject === assertion.id) moments.add(from).add(expires);
  }
  const steps: (Step | Silence)[] = [];
  for (const moment of [...moments].toSorted((a, b) => a - b)) {
    const next = resourceAt(assertion, ordered, decisions, moment);
    if (next.status !== steps.at(-1)?.status) steps.push(next);
  }
  return steps;
}
