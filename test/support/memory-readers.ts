import type {
  Assertion,
  Control,
  ControlStatus,
  Observation,
  Posture,
  Status,
} from '../../src/domain/control.ts';
import { statuses } from '../../src/domain/control.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { Bucketed, EvidenceReader, PostureReader, TimeRange } from '../../src/domain/ports.ts';
import type { EvidenceSummary, SourceCoverage } from '../../src/domain/report.ts';

/** A lake held in memory. Answers as the sealed one does: newest finding first, buckets on whole multiples. */
export interface MemoryLake {
  readonly findings: readonly Finding[];
  readonly events: readonly Pick<Event, 'time' | 'class' | 'source' | 'missing' | 'coerced'>[];
  readonly observations: readonly Observation[];
  readonly summary: EvidenceSummary;
  /** Titles of event classes, for the coverage of sources. */
  readonly titles: Readonly<Record<string, string>>;
}

const isIn =
  ({ from, to }: TimeRange) =>
  ({ time }: { readonly time: number }): boolean =>
    from <= time && time < to;

function bucketed<T extends { readonly time: number }>(
  items: readonly T[],
  bucketMs: number,
  keyOf: (item: T) => string,
): readonly Bucketed[] {
  const counts = new Map<string, { time: number; key: string; count: number }>();
  for (const item of items) {
    const time = Math.floor(item.time / bucketMs) * bucketMs;
    const key = keyOf(item);
    const place = `${time} ${key}`;
    counts.set(place, { time, key, count: (counts.get(place)?.count ?? 0) + 1 });
  }
  return [...counts.values()].toSorted((a, b) => a.time - b.time || (a.key < b.key ? -1 : 1));
}

export function memoryEvidence(lake: MemoryLake): EvidenceReader {
  return {
    findings: async (query) =>
      lake.findings
        .filter(isIn(query))
        .filter(({ level }) => query.level === undefined || level === query.level)
        .filter(({ assertion }) => query.assertion === undefined || assertion === query.assertion)
        .toSorted((a, b) => b.time - a.time || (a.id < b.id ? -1 : 1))
        .slice(query.offset, query.offset + query.limit),
    finding: async (id) => lake.findings.find((finding) => finding.id === id),
    findingCounts: async (range, bucketMs) =>
      bucketed(lake.findings.filter(isIn(range)), bucketMs, ({ level }) => level),
    eventCounts: async (range, bucketMs) =>
      bucketed(lake.events.filter(isIn(range)), bucketMs, (event) => event.class),
    observations: async (range) => lake.observations.filter(isIn(range)),
    sources: async () => coverageOf(lake),
    evidence: async () => lake.summary,
    eventRange: async () => {
      const times = lake.events.map(({ time }) => time);
      return times.length === 0 ? undefined : { from: Math.min(...times), to: Math.max(...times) };
    },
  };
}

function coverageOf({ events, titles }: MemoryLake): readonly SourceCoverage[] {
  const groups = Map.groupBy(events, (event) => `${event.source} ${event.class}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const times = group.map(({ time }) => time);
    return [
      {
        source: first.source,
        eventClass: first.class,
        title: titles[first.class] ?? first.class,
        events: group.length,
        firstEvent: Math.min(...times),
        lastEvent: Math.max(...times),
        missing: group.filter(({ missing }) => missing.length > 0).length,
        coerced: group.filter(({ coerced }) => coerced.length > 0).length,
      },
    ];
  });
}

/** A control's status from each moment on: `[[moment, status], …]`, oldest first. */
export interface PlannedControl {
  readonly framework: string;
  readonly control: Pick<Control, 'ref' | 'title'>;
  readonly assertions: ControlStatus['assertions'];
  readonly plan: readonly (readonly [from: number, status: Status])[];
  readonly reason: string;
}

export interface PlannedPosture {
  readonly frameworks: readonly { readonly id: string; readonly title: string; readonly version: string }[];
  readonly controls: readonly PlannedControl[];
  readonly assertions: readonly Assertion[];
  readonly states: Posture['assertions'];
}

/** Plays a plan back for any window. It judges nothing: that is the work of the assess stage. */
export function memoryPosture(planned: PlannedPosture): PostureReader {
  return {
    assertions: planned.assertions,
    posture: async (range) => ({
      ...range,
      frameworks: planned.frameworks.map((framework) => {
        const controls = planned.controls
          .filter((one) => one.framework === framework.id)
          .map((one) => controlIn(one, range));
        const counts = Object.fromEntries(
          [...statuses, 'MANUAL_ONLY' as const].map((status) => [
            status,
            controls.filter((one) => one.status === status).length,
          ]),
        ) as Record<Status, number>;
        return { ...framework, counts, controls };
      }),
      assertions: planned.states,
    }),
  };
}

function controlIn(planned: PlannedControl, range: TimeRange): ControlStatus {
  const history = planned.plan
    .map(([from, status], index) => ({
      from: Math.max(from, range.from),
      to: Math.min(planned.plan[index + 1]?.[0] ?? range.to, range.to),
      status,
    }))
    .filter((step) => step.from < step.to);
  const held = planned.plan.findLast(([from]) => from < range.to);
  const [since, status] = held ?? [range.from, 'NO_EVIDENCE' as const];
  return {
    framework: planned.framework,
    control: `${planned.framework}:${planned.control.ref}`,
    ...planned.control,
    status,
    isMetAdjusted: ['PASS', 'ATTESTED', 'EXCEPTION', 'AT_RISK', 'NOT_APPLICABLE'].includes(status),
    since,
    reason: planned.reason,
    assertions: planned.assertions,
    history,
  };
}
