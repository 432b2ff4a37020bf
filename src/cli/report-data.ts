import { createIncidentBook } from '../alert/incidents.ts';
import { createClearance } from '../assess/clearance.ts';
import { assess } from '../assess/posture.ts';
import type { EvidenceReader, TimeRange } from '../domain/ports.ts';
import type { EvidenceSummary, ReportData } from '../domain/report.ts';
import { DAY_MS, HOUR_MS } from '../lib/clock.ts';
import type { Content } from './content.ts';

/** A report never leaves a finding out: this bounds memory only. */
const MOST_FINDINGS = 1_000_000;

export interface ReportSources {
  readonly evidence: EvidenceReader;
  readonly content: Content;
}

/**
 * The window a report covers when none is asked for: the whole hours that hold every event, at most the last
 * `mostMs` (default: 30 days). Undefined when the lake is empty.
 */
export async function defaultRange(
  evidence: EvidenceReader,
  mostMs = 30 * DAY_MS,
): Promise<TimeRange | undefined> {
  const events = await evidence.eventRange();
  if (events === undefined) return undefined;
  const to = Math.ceil((events.to + 1) / HOUR_MS) * HOUR_MS;
  const from = Math.max(Math.floor(events.from / HOUR_MS) * HOUR_MS, to - mostMs);
  return { from, to };
}

/** Everything a report is made from, read out of the sealed lake alone. */
export async function gatherReport(
  { evidence, content }: ReportSources,
  about: {
    readonly range: TimeRange;
    readonly organisation: string;
    readonly generatedAt: number;
    readonly productVersion: string;
    readonly verified: EvidenceSummary['verified'];
  },
): Promise<ReportData> {
  const { range } = about;
  const findings = await evidence.findings({ ...range, limit: MOST_FINDINGS, offset: 0 });
  const book = createIncidentBook(content.incidentContext);
  book.observe(findings);
  const clearance = createClearance();
  const observations = await evidence.observations({ from: 0, to: range.to });
  clearance.observe(observations);
  book.resolve(({ key }) => clearance.isClear(key, range.to), range.to);
  return {
    title: 'Evidence report',
    organisation: about.organisation,
    tenantIds: [...new Set(findings.flatMap(({ tenantId }) => tenantId ?? []))].toSorted(),
    generatedAt: about.generatedAt,
    productVersion: about.productVersion,
    posture: assess({ ...content, observations, range }),
    findings,
    incidents: book.incidents(),
    detections: content.detections,
    assertions: content.assertions,
    sources: await evidence.sources(),
    evidence: { ...(await evidence.evidence()), verified: about.verified },
  };
}
