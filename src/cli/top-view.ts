import { levels } from '../domain/severity.ts';
import { formatDuration } from '../lib/clock.ts';
import type { Sample } from './metrics-text.ts';
import { columns, count, levelWords } from './text.ts';
import type { Style } from './text.ts';

/** What a service said at one moment. */
export interface Look {
  /** Epoch ms, by the clock of who looks. */
  readonly at: number;
  readonly samples: readonly Sample[];
  readonly status: string;
  readonly components: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
}

export interface SourceRow {
  readonly source: string;
  readonly state: string;
  readonly recordsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
  /** Messages not read yet; undefined where the source does not say. */
  readonly behind: number | undefined;
  /** Age of the newest event, ms. */
  readonly newestEventMs: number | undefined;
  readonly deadLetters: number;
  readonly errors: number;
}

export interface StageRow {
  readonly stage: string;
  readonly receivedPerSecond: number | undefined;
  readonly sentPerSecond: number | undefined;
  readonly dropped: number;
}

export interface View {
  readonly status: string;
  readonly sources: readonly SourceRow[];
  readonly stages: readonly StageRow[];
  readonly findings: Readonly<Record<string, number>>;
  readonly leaves: number;
  readonly seals: number;
  /** Seconds within which half and 95 % of all seals were durable; upper bounds, as of the histogram's buckets. */
  readonly sealSeconds: { readonly p50: number | undefined; readonly p95: number | undefined };
  readonly sealFailures: number;
  readonly pendingRows: number;
  readonly pendingBytes: number;
  /** Share of the last second that each worker was busy. */
  readonly workerLoad: readonly number[];
  /** Parts that do not work, in words. */
  readonly troubles: readonly string[];
}

/** What to show of a look, with rates since the look before; rates are undefined on the first. */
export function viewOf(look: Look, before: Look | undefined): View {
  const now = indexOf(look.samples);
  const then = before === undefined ? undefined : indexOf(before.samples);
  const seconds = before === undefined ? 0 : (look.at - before.at) / 1000;
  const rate = (name: string, key: string, value: string): number | undefined =>
    then === undefined || seconds <= 0
      ? undefined
      : // A service that was started anew counts from zero again.
        Math.max(0, now.sum(name, key, value) - then.sum(name, key, value)) / seconds;
  const components = new Map(look.components.map((one) => [one.name, one]));
  const sources = now.values('source', 'plumbline_source_records_total');
  const known = look.components.map(({ name }) => name).filter((name) => !isPart(name));
  return {
    status: look.status,
    sources: [...new Set([...known, ...sources])].toSorted().map((source) => {
      const newest = now.one('plumbline_source_last_event_timestamp_seconds', 'source', source);
      return {
        source,
        state: components.get(source)?.state ?? 'ended',
        recordsPerSecond: rate('plumbline_source_records_total', 'source', source),
        bytesPerSecond: rate('plumbline_source_bytes_total', 'source', source),
        behind: now.one('plumbline_source_lag_messages', 'source', source),
        newestEventMs: newest === undefined ? undefined : Math.max(0, look.at - newest * 1000),
        deadLetters: now.sumWhere('plumbline_source_messages_total', { source, outcome: 'dead_lettered' }),
        errors: now.sum('plumbline_source_errors_total', 'source', source),
      };
    }),
    stages: now.values('stage', 'plumbline_stage_received_total').map((stage) => ({
      stage,
      receivedPerSecond: rate('plumbline_stage_received_total', 'stage', stage),
      sentPerSecond: rate('plumbline_stage_sent_total', 'stage', stage),
      dropped: now.sum('plumbline_stage_dropped_total', 'stage', stage),
    })),
    findings: Object.fromEntries(
      levels.map((level) => [level, now.sum('plumbline_findings_total', 'level', level)]),
    ),
    leaves: now.sumWhere('plumbline_evidence_log_size_leaves', {}),
    seals: now.sumWhere('plumbline_seal_duration_seconds_count', {}),
    sealSeconds: {
      p50: now.quantile('plumbline_seal_duration_seconds', 0.5),
      p95: now.quantile('plumbline_seal_duration_seconds', 0.95),
    },
    sealFailures: now.sumWhere('plumbline_seal_failures_total', {}),
    pendingRows: now.sumWhere('plumbline_pending_rows', {}),
    pendingBytes: now.sumWhere('plumbline_pending_bytes', {}),
    workerLoad: now
      .values('worker', 'plumbline_worker_load_ratio')
      .map((worker) => now.sum('plumbline_worker_load_ratio', 'worker', worker)),
    troubles: look.components
      .filter(({ state }) => state !== 'ok')
      .map(({ name, detail }) => `${name}: ${detail}`),
  };
}

/** Parts of the service that are no source. */
const isPart = (name: string): boolean => name === 'store' || /^worker-\d+$/.test(name);

function indexOf(samples: readonly Sample[]) {
  const named = Map.groupBy(samples, ({ name }) => name);
  const where = (name: string, labels: Readonly<Record<string, string>>): readonly Sample[] =>
    (named.get(name) ?? []).filter((one) =>
      Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    );
  const total = (found: readonly Sample[]): number => found.reduce((sum, { value }) => sum + value, 0);
  return {
    sumWhere: (name: string, labels: Readonly<Record<string, string>>) => total(where(name, labels)),
    sum: (name: string, key: string, value: string) => total(where(name, { [key]: value })),
    one: (name: string, key: string, value: string) => where(name, { [key]: value })[0]?.value,
    values: (key: string, name: string) => [
      ...new Set((named.get(name) ?? []).flatMap(({ labels }) => labels[key] ?? [])),
    ],
    /** The bucket's bound below which that share lies. */
    quantile(name: string, share: number): number | undefined {
      const buckets = (named.get(`${name}_bucket`) ?? [])
        .map(({ labels, value }) => ({
          bound: Number(labels['le'] === '+Inf' ? Infinity : labels['le']),
          value,
        }))
        .toSorted((a, b) => a.bound - b.bound);
      const all = buckets.at(-1)?.value ?? 0;
      return all === 0 ? undefined : buckets.find(({ value }) => value >= share * all)?.bound;
    },
  };
}

const rateText = (value: number | undefined): string =>
  value === undefined ? '…' : count(Math.round(value));
const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

export function bytesText(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${UNITS[step]}`;
}

const boundText = (seconds: number | undefined): string =>
  seconds === undefined ? '–' : seconds === Infinity ? '> 30 s' : `≤ ${seconds} s`;

/** The view as lines for a terminal. */
export function renderView(view: View, url: string, style: Style): string {
  const state = (text: string): string => (text === 'ok' || text === 'ended' ? text : style.bad(text));
  const lines = [`${style.bold('Plumbline')} at ${url}, ${state(view.status)}`, ''];
  lines.push(
    ...columns(
      [
        ['Source', 'State', 'Records/s', 'Bytes/s', 'Behind', 'Newest event', 'Dead letters', 'Errors'].map(
          (text) => style.dim(text),
        ),
        ...view.sources.map((row) => [
          row.source,
          state(row.state),
          rateText(row.recordsPerSecond),
          row.bytesPerSecond === undefined ? '…' : bytesText(row.bytesPerSecond),
          row.behind === undefined ? '–' : count(row.behind),
          row.newestEventMs === undefined
            ? '–'
            : `${formatDuration(Math.round(row.newestEventMs / 1000) * 1000)} ago`,
          count(row.deadLetters),
          count(row.errors),
        ]),
      ],
      [2, 3, 4, 5, 6, 7],
    ),
    '',
    ...columns(
      [
        ['Stage', 'In/s', 'Out/s', 'Dropped'].map((text) => style.dim(text)),
        ...view.stages.map((row) => [
          row.stage,
          rateText(row.receivedPerSecond),
          rateText(row.sentPerSecond),
          count(row.dropped),
        ]),
      ],
      [1, 2, 3],
    ),
    '',
  );
  const found = levels
    .toReversed()
    .map((level) => `${count(view.findings[level] ?? 0)} ${levelWords[level]}`)
    .join(', ');
  const { p50, p95 } = view.sealSeconds;
  lines.push(
    `Findings  ${found}`,
    `Evidence  ${count(view.leaves)} leaves, ${count(view.seals)} seals (half ${boundText(p50)}, 95 % ${boundText(p95)}), ${count(view.sealFailures)} failed`,
    `Waiting   ${count(view.pendingRows)} rows, ${bytesText(view.pendingBytes)}`,
  );
  if (view.workerLoad.length > 0)
    lines.push(`Workers   ${view.workerLoad.map((load) => `${Math.round(load * 100)} %`).join(', ')} busy`);
  for (const trouble of view.troubles) lines.push(style.bad(`✕ ${trouble}`));
  return lines.join('\n');
}
