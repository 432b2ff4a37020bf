import type { ControlStatus, Status } from '../../domain/control.ts';
import { allStatuses, statusColumn } from '../../domain/panels.ts';
import type { PanelRow } from '../../domain/panels.ts';
import { DAY_MS } from '../../lib/clock.ts';
import { countsAt, frameworksOf, timeIn } from '../posture-view.ts';
import type { FrameworkPosture } from '../posture-view.ts';
import { MAX_ROWS } from '../query.ts';
import { bucketMsFor, bucketStarts } from './buckets.ts';
import type { PanelContext, RowsOf } from './context.ts';

type StatusCounts = Record<Lowercase<Status>, number>;

const attention: ReadonlySet<Status> = new Set(['FAIL', 'NO_EVIDENCE', 'AT_RISK']);
/** As the status model has it: supporting evidence alone, or a person's word, leaves a control to people. */
const isAutomated = ({ assertions }: ControlStatus): boolean =>
  assertions.some(({ strength }) => strength !== 'supporting');
const lowered: ReadonlySet<Status> = new Set(['FAIL', 'AT_RISK', 'EXCEPTION']);
/** Supporting evidence can lower a control that is people's otherwise. */
const isPeoplesAlone = (control: ControlStatus): boolean =>
  !isAutomated(control) && !control.history.some(({ status }) => lowered.has(status));
const rank = (status: Status): number => allStatuses.indexOf(status);

/** One column a status. */
const columnsOf = (countOf: (status: Status) => number): StatusCounts =>
  Object.fromEntries(allStatuses.map((status) => [statusColumn(status), countOf(status)])) as StatusCounts;

/** `row` with one column a status: how many of `found` hold it. */
function withCounts<R extends object>(row: R, found: readonly Status[]): R & StatusCounts {
  const counts = new Map<Status, number>();
  for (const status of found) counts.set(status, (counts.get(status) ?? 0) + 1);
  return { ...row, ...columnsOf((status) => counts.get(status) ?? 0) };
}

const statusesOf = (controls: readonly ControlStatus[]): readonly Status[] =>
  controls.map(({ status }) => status);

const asked = async ({ posture, framework }: PanelContext): Promise<readonly FrameworkPosture[]> =>
  frameworksOf(await posture(), framework);

const askedControls = async (context: PanelContext): Promise<readonly ControlStatus[]> =>
  (await asked(context)).flatMap(({ controls }) => controls);

export const frameworks: RowsOf<'frameworks'> = async ({ deps, range }) => {
  const known = await deps.posture.posture({ from: Math.max(0, range.to - DAY_MS), to: range.to });
  return known.frameworks.map(({ id, title }) => ({ text: title, value: id }));
};

export const postureNow: RowsOf<'posture-now'> = async (context) => {
  const controls = await askedControls(context);
  const failures = controls.filter(({ status }) => status === 'FAIL').map(({ since }) => since);
  const row = {
    as_known_at: context.range.to,
    controls: controls.length,
    oldest_failure: failures.length === 0 ? null : Math.min(...failures),
  };
  return [withCounts(row, statusesOf(controls))];
};

export const frameworkStatus: RowsOf<'framework-status'> = async (context) =>
  (await asked(context)).map(({ title, controls }) =>
    withCounts({ framework: title, controls: controls.length }, statusesOf(controls)),
  );

const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** Shares as the status model defines them: NOT_APPLICABLE time counts for nothing, MANUAL_ONLY controls neither. */
function coverageOf({ title, controls }: FrameworkPosture, windowMs: number): PanelRow<'framework-coverage'> {
  const automated = controls.filter(isAutomated);
  const held = (...statuses: readonly Status[]): number =>
    automated.reduce((sum, control) => sum + timeIn(control, statuses), 0);
  const total = automated.length * windowMs;
  const applicable = total - held('NOT_APPLICABLE');
  return {
    framework: title,
    controls: controls.length,
    automated: automated.length,
    with_evidence: automated.filter(({ status }) => status !== 'NO_EVIDENCE').length,
    evidence_share: share(total - held('NO_EVIDENCE'), total),
    strict_share: share(held('PASS'), applicable),
    adjusted_share: share(held('PASS', 'ATTESTED', 'EXCEPTION', 'AT_RISK'), applicable),
    window_days: Math.round((100 * windowMs) / DAY_MS) / 100,
  };
}

export const frameworkCoverage: RowsOf<'framework-coverage'> = async (context) => {
  const windowMs = context.range.to - context.range.from;
  return (await asked(context)).map((framework) => coverageOf(framework, windowMs));
};

export const statusTrend: RowsOf<'status-trend'> = async (context) => {
  const { range } = context;
  const controls = await askedControls(context);
  // Each row says how it stood at that moment; the last one stands at the very end of the window.
  const inside = bucketStarts(range, bucketMsFor(range)).filter((time) => time > range.from);
  const moments = [range.from, ...inside, range.to];
  const counts = countsAt(controls, moments);
  return moments.map((time, i) =>
    time === range.to
      ? withCounts({ time }, statusesOf(controls))
      : { time, ...columnsOf((status) => counts[i]?.get(status) ?? 0) },
  );
};

export const controlHistory: RowsOf<'control-history'> = async (context) => {
  const rows: PanelRow<'control-history'>[] = [];
  for (const control of (await askedControls(context)).filter((one) => !isPeoplesAlone(one))) {
    // A control is shown whole or not at all: half a history would be a false one.
    if (rows.length > 0 && rows.length + control.history.length > MAX_ROWS) break;
    for (const { from, status } of control.history)
      rows.push({ time: from, control: control.control, status });
  }
  return rows.toSorted((a, b) => a.time - b.time);
};

export const controlsAttention: RowsOf<'controls-attention'> = async (context) => {
  const { assertions } = context.deps.posture;
  const owners = new Map(assertions.map(({ id, owner }) => [id, owner]));
  const controls = (await askedControls(context)).filter(({ status }) => attention.has(status));
  return controls
    .toSorted((a, b) => rank(a.status) - rank(b.status) || a.since - b.since)
    .map((control) => {
      const unmet = control.assertions.filter(({ status }) => attention.has(status));
      return {
        status: control.status,
        framework: control.framework,
        control: control.ref,
        title: control.title,
        since: control.since,
        reason: control.reason,
        owner: [...new Set(unmet.map(({ id }) => owners.get(id) ?? 'not named'))].join(', '),
        assertions: unmet.map(({ id }) => id).join(', '),
      };
    });
};
