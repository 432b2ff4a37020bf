import type { Finding } from '../../domain/finding.ts';
import type { PanelRow, Verification } from '../../domain/panels.ts';
import { resourceLabel } from '../../domain/resource.ts';
import type { EvidenceSummary } from '../../domain/report.ts';
import { SECOND_MS } from '../../lib/clock.ts';
import { keepRows } from '../kept-text.ts';
import { MAX_ROWS } from '../query.ts';
import { bucketMsFor, bucketStarts, countsByBucket, wholeMinutes } from './buckets.ts';
import type { RowsOf } from './context.ts';
import { openFindings } from './open-findings.ts';

export const findingsOverTime: RowsOf<'findings-over-time'> = async ({ deps, range }) => {
  const bucketMs = bucketMsFor(range);
  const count = countsByBucket(await deps.evidence.findingCounts(wholeMinutes(range), bucketMs), bucketMs);
  return bucketStarts(range, bucketMs).map((time) => ({
    time,
    critical: count(time, 'critical'),
    high: count(time, 'high'),
    medium: count(time, 'medium'),
    low: count(time, 'low'),
    informational: count(time, 'informational'),
  }));
};

const openRow = keepRows((finding: Finding, status): PanelRow<'findings-open'> => ({
  level: finding.level,
  time: finding.time,
  title: finding.title,
  resource: resourceLabel(finding.resourceId ?? finding.target ?? 'unknown'),
  actor: finding.actor.name ?? finding.actor.id ?? finding.actor.ip ?? 'unknown',
  status,
  assertion: finding.assertion,
  finding: finding.id,
  leaf: finding.evidence.leaf,
}));

export const findingsOpen: RowsOf<'findings-open'> = async (context) =>
  (await openFindings(context)).map(({ finding, status }) => openRow(finding, status));

export const eventsOverTime: RowsOf<'events-over-time'> = async ({ deps, range }) => {
  // Rows are buckets times classes; the bucket grows until all of them fit under the cap.
  const classes = [
    ...new Set((await deps.evidence.sources()).map(({ eventClass }) => eventClass)),
  ].toSorted();
  if (classes.length === 0) return [];
  const bucketMs = bucketMsFor(range, Math.max(2, Math.min(90, Math.floor(MAX_ROWS / classes.length) - 2)));
  const count = countsByBucket(await deps.evidence.eventCounts(wholeMinutes(range), bucketMs), bucketMs);
  return bucketStarts(range, bucketMs).flatMap((time) =>
    classes.map((name) => ({ time, class: name, events: count(time, name) })),
  );
};

export const sources: RowsOf<'sources'> = async ({ deps }) => {
  const now = deps.clock();
  return (await deps.evidence.sources()).map((source) => ({
    source: source.source,
    class: source.eventClass,
    title: source.title,
    events: source.events,
    first_event: source.firstEvent,
    last_event: source.lastEvent,
    age: Math.max(0, (now - source.lastEvent) / SECOND_MS),
    missing: source.missing,
    coerced: source.coerced,
  }));
};

const verificationOf = ({ verified }: EvidenceSummary): Verification => {
  if (verified === undefined) return 'not verified yet';
  return verified.ok ? 'verified' : 'faults found';
};

export const evidenceLog: RowsOf<'evidence-log'> = async ({ deps }) => {
  const log = await deps.evidence.evidence();
  return [
    {
      origin: log.origin,
      size: log.size,
      root: log.root,
      sealed_at: log.sealedAt,
      verification: verificationOf(log),
      verified_at: log.verified?.at ?? null,
      faults: log.verified?.faults ?? null,
      seals: log.seals,
      captures: log.captures,
      events: log.events,
      findings: log.findings,
      observations: log.observations,
      dead_letters: log.deadLetters.reduce((sum, { count }) => sum + count, 0),
    },
  ];
};

export const deadLetters: RowsOf<'dead-letters'> = async ({ deps }) =>
  (await deps.evidence.evidence()).deadLetters
    .map(({ reason, count }) => ({ reason, count }))
    .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
