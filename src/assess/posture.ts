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
  Status,
} from '../domain/control.ts';
import type { TimeRange } from '../domain/ports.ts';
import { createAssertionSteps } from './assertion-steps.ts';
import type { AssertionSteps } from './assertion-steps.ts';
import { createWorstOf, cutSteps, stepAt } from './timeline.ts';
import type { From, WorstOf } from './timeline.ts';

export interface EstateInput {
  readonly assertions: readonly Assertion[];
  readonly frameworks: readonly Framework[];
  readonly decisions: readonly Decision[];
}

export interface PostureInput extends EstateInput {
  readonly observations: readonly Observation[];
  /** The window of the history; statuses are as known at its end. */
  readonly range: TimeRange;
}

/** Every status at every moment, kept up with what is observed: a window is then a look, not a computation. */
export interface Estate {
  /** Takes in more observations, in any order; each id once. */
  add(observations: readonly Observation[]): void;
  /** Equal to `assess` over all observations taken in. */
  posture(range: TimeRange): Posture;
}

/** A control's status over time. */
interface ControlSteps {
  readonly framework: Framework;
  readonly control: Control;
  readonly worst: WorstOf<Status>;
  readonly parts: readonly (readonly From<ComputedStatus>[])[];
  readonly before: Status;
}

/**
 * Computes every assertion's and control's status from observations alone: worst wins, and what nothing
 * speaks to is NO_EVIDENCE, never PASS (model and laws: docs/architecture.md, "Status").
 */
export function assess({ observations, range, ...estateInput }: PostureInput): Posture {
  const known = createKnown(estateInput);
  known.add(observations.filter(({ time }) => time < range.to));
  return known.posture(range);
}

/**
 * An estate that grows. Status at a moment follows from what was observed up to it, so that later observations change
 * nothing about a window that ends before them, and the steps computed from all of them answer for every window.
 */
export function createEstate(input: EstateInput): Estate {
  const known = createKnown(input);
  const all: Observation[] = [];
  const moments = new Set<number>();
  return {
    add(observations) {
      for (const observation of observations) {
        all.push(observation);
        moments.add(observation.time);
      }
      known.add(observations);
    },
    posture(range) {
      // A window does not include its end, but a status stands at it: what was observed at just that moment is left out.
      return moments.has(range.to) ? assess({ ...input, observations: all, range }) : known.posture(range);
    },
  };
}

/** Estate over observations none of which is of the very end of a window asked for. */
function createKnown({ assertions, frameworks, decisions }: EstateInput): Estate {
  const assessed = new Map(
    assertions.map((assertion) => [assertion.id, createAssertionSteps(assertion, decisions)]),
  );
  const controls = frameworks.flatMap((framework) =>
    framework.controls.map((control) => ({ framework, control })),
  );
  const attestations = Map.groupBy(
    decisions.filter(({ kind }) => kind === 'attestation'),
    ({ subject }) => subject,
  );
  const stepsOf = new Map(
    controls.map(({ framework, control }) => [
      control,
      controlSteps(framework, control, assessed, attestations.get(control.id) ?? []),
    ]),
  );
  return {
    add(observations) {
      /** From when on something else may be said of an assertion, by its id. */
      const renewed = new Map<string, number>();
      for (const [assertion, more] of Map.groupBy(observations, (one) => one.assertion))
        renewed.set(assertion, assessed.get(assertion)?.add(more) ?? Infinity);
      for (const { control, worst, parts } of stepsOf.values()) {
        const from = control.mappings.reduce(
          (earliest, { assertion }) => Math.min(earliest, renewed.get(assertion) ?? Infinity),
          Infinity,
        );
        if (from < Infinity) worst.renew(parts, from);
      }
    },
    posture(range) {
      const now = new Map(assertions.map(({ id }) => [id, assessed.get(id)?.statusAt(range)]));
      return {
        from: range.from,
        to: range.to,
        assertions: [...now.values()].filter((status) => status !== undefined),
        frameworks: frameworks.map((framework) => {
          const statusesOf = framework.controls.flatMap((control) => {
            const steps = stepsOf.get(control);
            return steps === undefined ? [] : [controlStatus(steps, now, range)];
          });
          return {
            id: framework.id,
            title: framework.title,
            version: framework.version,
            counts: countStatuses(statusesOf),
            controls: statusesOf,
          };
        }),
      };
    },
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

const nothingSaid: readonly From<ComputedStatus>[] = [
  { from: Number.NEGATIVE_INFINITY, status: 'NO_EVIDENCE' },
];

function controlSteps(
  framework: Framework,
  control: Control,
  assessed: ReadonlyMap<string, AssertionSteps>,
  attestations: readonly Decision[],
): ControlSteps {
  const isAutomated = control.mappings.some(({ strength }) => strength !== 'supporting');
  const parts = [
    ...control.mappings.map(({ assertion }) => assessed.get(assertion)?.steps ?? nothingSaid),
    ...attestations.map(({ from, expires }): From<ComputedStatus>[] => [
      { from, status: 'ATTESTED' },
      { from: expires, status: 'NO_EVIDENCE' },
    ]),
  ];
  const worst = createWorstOf((found) =>
    meaningOf(found ?? 'NO_EVIDENCE', isAutomated || attestations.length > 0),
  );
  worst.renew(parts, Number.NEGATIVE_INFINITY);
  return { framework, control, worst, parts, before: isAutomated ? 'NO_EVIDENCE' : 'MANUAL_ONLY' };
}

function controlStatus(
  { framework, control, worst: { steps }, before }: ControlSteps,
  assertions: ReadonlyMap<string, AssertionStatus | undefined>,
  range: TimeRange,
): ControlStatus {
  const mapped = control.mappings.map(({ assertion, strength }) => ({
    id: assertion,
    strength,
    summary: assertions.get(assertion),
  }));
  const now = stepAt<Status, From<Status>>(steps, range.to) ?? { from: range.from, status: before };
  const [culprit] = mapped
    .flatMap(({ summary }) => (summary?.status === now.status ? [summary] : []))
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
    assertions: mapped.map(({ id, strength, summary }) => ({
      id,
      strength,
      status: summary?.status ?? 'NO_EVIDENCE',
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
function meaningOf(found: ComputedStatus, isAutomated: boolean): Status {
  const isLowered = found === 'FAIL' || found === 'AT_RISK' || found === 'EXCEPTION';
  return isAutomated || isLowered ? found : 'MANUAL_ONLY';
}
