import type { ComputedStatus, Posture } from '../../domain/control.ts';
import type { Finding } from '../../domain/finding.ts';
import { levels } from '../../domain/severity.ts';
import type { Level } from '../../domain/severity.ts';
import { MAX_ROWS } from '../query.ts';
import type { PanelContext } from './context.ts';

export interface OpenFinding {
  readonly finding: Finding;
  /** What the finding's assertion says now of the same resource. */
  readonly status: ComputedStatus;
}

const notMet: ReadonlySet<ComputedStatus> = new Set(['FAIL', 'AT_RISK', 'EXCEPTION']);

const subjects = new WeakMap<Finding, string>();

/** The resource that the observation of a finding is about. Boards ask for the same findings again and again. */
function subjectOf(finding: Finding): string {
  const known = subjects.get(finding);
  if (known !== undefined) return known;
  const { resourceId, target, actor, tenantId } = finding;
  const subject = (resourceId ?? target ?? actor.id ?? tenantId ?? 'tenant').toLowerCase();
  subjects.set(finding, subject);
  return subject;
}

type StatusOf = (finding: Finding) => ComputedStatus | undefined;

/** All who ask of one posture share what is made of it. */
const madeOf = new WeakMap<Posture, StatusOf>();

/** Status of an assertion on the subject of a finding, as the posture knows it now. */
function statusNow(posture: Posture): StatusOf {
  const known = madeOf.get(posture);
  if (known !== undefined) return known;
  const statusOf = statusIn(posture);
  madeOf.set(posture, statusOf);
  return statusOf;
}

function statusIn(posture: Posture): StatusOf {
  const byAssertion = new Map<string, ReadonlyMap<string, ComputedStatus>>();
  const resourcesOf = (asked: string): ReadonlyMap<string, ComputedStatus> => {
    const known = byAssertion.get(asked);
    if (known !== undefined) return known;
    const resources = posture.assertions.find(({ assertion }) => assertion === asked)?.resources ?? [];
    const made = new Map(resources.map(({ resource, status }) => [resource.toLowerCase(), status]));
    byAssertion.set(asked, made);
    return made;
  };
  return (finding) => resourcesOf(finding.assertion).get(subjectOf(finding));
}

/** Findings of the window whose assertion is still not met, strongest first, then newest. */
export async function openFindings({ deps, range, posture }: PanelContext): Promise<readonly OpenFinding[]> {
  const [found, known] = await Promise.all([
    deps.evidence.findings({ ...range, limit: MAX_ROWS, offset: 0 }),
    posture(),
  ]);
  const statusOf = statusNow(known);
  // They come newest first: within a level they stay so.
  const open = new Map(levels.toReversed().map((level): [Level, OpenFinding[]] => [level, []]));
  for (const finding of found) {
    const status = statusOf(finding);
    if (status !== undefined && notMet.has(status)) open.get(finding.level)?.push({ finding, status });
  }
  return [...open.values()].flat();
}
