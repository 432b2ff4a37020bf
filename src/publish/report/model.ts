import type { Assertion } from '../../domain/control.ts';
import type { Finding } from '../../domain/finding.ts';
import type { ReportData } from '../../domain/report.ts';
import { groupFindings } from './grouping.ts';
import type { FindingGroup } from './grouping.ts';

/** The data with the look-ups that several sections need, made once. */
export interface Model {
  readonly data: ReportData;
  /** The moment every status is as known at, epoch ms. */
  readonly now: number;
  readonly groups: readonly FindingGroup[];
  readonly finding: (id: string) => Finding | undefined;
  readonly assertion: (id: string) => Assertion | undefined;
  /** Control ids by framework, in the words of the page: `SOC 2: CC7.2, CC7.3; HIPAA: 164.312(b)`. */
  readonly controlNames: (ids: readonly string[]) => string;
}

export function modelOf(data: ReportData): Model {
  const findings = new Map(data.findings.map((finding) => [finding.id, finding]));
  const assertions = new Map(data.assertions.map((assertion) => [assertion.id, assertion]));
  const controls = new Map(
    data.posture.frameworks.flatMap(({ title, controls: all }) =>
      all.map(({ control, ref }) => [control, { title, ref }] as const),
    ),
  );
  return {
    data,
    now: data.posture.to,
    groups: groupFindings(data.findings, data.incidents),
    finding: (id) => findings.get(id),
    assertion: (id) => assertions.get(id),
    controlNames: (ids) =>
      [...Map.groupBy(ids, (id) => controls.get(id)?.title ?? 'Other')]
        .map(([title, of]) => `${title}: ${of.map((id) => controls.get(id)?.ref ?? id).join(', ')}`)
        .join('; '),
  };
}
