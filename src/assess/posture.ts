import { statuses } from '../domain/control.ts';
import type {
  Assertion,
  AssertionStatus,
  ComputedStatus,
  Control,
  ControlStatus,
  Decision,
  Framework,
  Observation,
  Posture,
  ResourceStatus,
  Status,
} from '../domain/control.ts';
import type { TimeRange } from '../domain/ports.ts';
import { resourceSteps, rank, worst } from './resource.ts';
import type { Silence, Step } from './resource.ts';
import { cutSteps, mergeSteps, stepAt } from './timeline.ts';

export interface PostureInput {
  readonly assertions: readonly Assertion[];
  readonly frameworks: readonly Framework[];
  readonly observations: readonly Observation[];
  readonly decisions: readonly Decision[];
  /** The window of the history; statuses are as known at its end. */
  readonly range: TimeRange;
}

interface Timed<S> {
  readonly from: number;
  readonly status: S;
}

interface AssessedAssertion {
  readonly summary: AssertionStatus;
  readonly steps: readonly Timed<ComputedStatus>[];
}

/** The name under which a live log source is observed. */
export const watchedResource = (eventClass: string): string => `log:${eventClass}`;

/**
 * Computes every assertion's and control's status from observations alone: worst wins, and what nothing
 * speaks to is NO_EVIDENCE, never PASS (model and laws: docs/architecture.md, "Status").
 */
export function assess({ assertions, frameworks, observations, decisions, range }: PostureInput): Posture {
  const byAssertion = Map.groupBy(
    observations.filter(({ time }) => time < range.to),
    ({ assertion }) => assertion,
  );
  const assessed = new Map(
    assertions.map((assertion) => [
      assertion.id,
      assessAssertion(assertion, byAssertion.get(assertion.id) ?? [], decisions, range),
    ]),
  );
  return {
    from: range.from,
    to: range.to,
    assertions: [...assessed.values()].map(({ summary }) => summary),
    frameworks: frameworks.map((framework) => {
      const controls = framework.controls.map((control) =>
        assessControl(framework, control, assessed, decisions, range),
      );
      return {
        id: framework.id,
        title: framework.title,
        version: framework.version,
        counts: countStatuses(controls),
        controls,
      };
    }),
  };
}

function countStatuses(controls: readonly ControlStatus[]): Record<Status, number> {
  const counts = Object.fromEntries([...statuses, 'MANUAL_ONLY'].map((status) => [status, 0])) as Record<
    Status,
    number
  >;
  for (const { status } of controls) counts[status]++;
  return counts;
}

function assessAssertion(
  assertion: Assertion,
  observations: readonly Observation[],
  decisions: readonly Decision[],
  range: TimeRange,
): AssessedAssertion {
  const byResource = Map.groupBy(observations, ({ resource }) => resource);
  const resources: ResourceStatus[] = [];
  const parts: (readonly (Step | Silence)[])[] = [];
  for (const watched of assertion.watches.map(watchedResource)) {
    if (byResource.has(watched)) continue;
    const reason = `no ${watched.slice('log:'.length)} event arrived`;
    resources.push({
      resource: watched,
      status: 'NO_EVIDENCE',
      since: range.from,
      reason,
      observation: undefined,
    });
    parts.push([{ from: Number.NEGATIVE_INFINITY, status: 'NO_EVIDENCE', reason, observation: undefined }]);
  }
  for (const [resource, seen] of byResource) {
    const steps = resourceSteps(assertion, seen, decisions);
    const isWatch = assertion.watches.some((eventClass) => watchedResource(eventClass) === resource);
    // Before a watched log source was first seen, it was not seen: that is no silence but a gap.
    const gap: Step = {
      from: Number.NEGATIVE_INFINITY,
      status: 'NO_EVIDENCE',
      reason: 'not seen yet',
      observation: undefined,
    };
    parts.push(isWatch ? [gap, ...steps] : steps);
    const last = stepAt<ComputedStatus | undefined, Step | Silence>(steps, range.to);
    if (last?.status !== undefined) {
      resources.push({
        resource,
        status: last.status,
        since: last.from,
        reason: last.reason,
        observation: last.observation,
      });
    }
  }
  resources.sort((a, b) => rank(a.status) - rank(b.status) || (a.resource < b.resource ? -1 : 1));
  const steps = mergeSteps(parts, combineResources);
  const now = stepAt<ComputedStatus, Timed<ComputedStatus>>(steps, range.to) ?? {
    from: range.from,
    status: 'NO_EVIDENCE',
  };
  const summary: AssertionStatus = {
    assertion: assertion.id,
    status: now.status,
    since: Math.max(now.from, range.from),
    reason: reasonOf(now.status, resources),
    resources,
  };
  return { summary, steps };
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

function assessControl(
  framework: Framework,
  control: Control,
  assessed: ReadonlyMap<string, AssessedAssertion>,
  decisions: readonly Decision[],
  range: TimeRange,
): ControlStatus {
  const attestations = decisions.filter(
    ({ kind, subject }) => kind === 'attestation' && subject === control.id,
  );
  const mapped = control.mappings.map(({ assertion, strength }) => ({
    id: assertion,
    strength,
    assessed: assessed.get(assertion),
  }));
  const isAutomated = mapped.some(({ strength }) => strength !== 'supporting');
  const parts = [
    ...mapped.map(
      ({ assessed: part }) =>
        part?.steps ?? [{ from: Number.NEGATIVE_INFINITY, status: 'NO_EVIDENCE' as const }],
    ),
    ...attestations.map(({ from, expires }): Timed<ComputedStatus>[] => [
      { from, status: 'ATTESTED' },
      { from: expires, status: 'NO_EVIDENCE' },
    ]),
  ];
  const before: Status = isAutomated ? 'NO_EVIDENCE' : 'MANUAL_ONLY';
  const steps = mergeSteps<ComputedStatus, Status>(parts, (values) =>
    combineAssertions(values, isAutomated || attestations.length > 0),
  );
  const now = stepAt<Status, Timed<Status>>(steps, range.to) ?? { from: range.from, status: before };
  const [culprit] = mapped
    .flatMap(({ assessed: part }) => (part?.summary.status === now.status ? [part.summary] : []))
    .toSorted((a, b) => a.since - b.since);
  return {
    framework: framework.id,
    control: control.id,
    ref: control.ref,
    title: control.title,
    status: now.status,
    isMetAdjusted: ['PASS', 'ATTESTED', 'EXCEPTION', 'AT_RISK'].includes(now.status),
    since: Math.max(now.from, range.from),
    reason: controlReason(now.status, mapped.length, culprit?.reason),
    assertions: mapped.map(({ id, strength, assessed: part }) => ({
      id,
      strength,
      status: part?.summary.status ?? 'NO_EVIDENCE',
    })),
    history: cutSteps<Status>(steps, before, range),
  };
}

function controlReason(status: Status, assertions: number, culprit: string | undefined): string {
  if (status === 'MANUAL_ONLY') return 'no automated assertion speaks to it';
  if (status === 'ATTESTED') return 'stated by a person';
  if (status === 'PASS' && assertions > 1) return `all ${assertions} assertions hold`;
  return culprit ?? 'nothing speaks to it';
}

/** Supporting evidence can lower a control, never raise it: alone it leaves the control to people. */
function combineAssertions(values: readonly ComputedStatus[], isAutomated: boolean): Status {
  const found = values.reduce(worst);
  const isLowered = found === 'FAIL' || found === 'AT_RISK' || found === 'EXCEPTION';
  return isAutomated || isLowered ? found : 'MANUAL_ONLY';
}
