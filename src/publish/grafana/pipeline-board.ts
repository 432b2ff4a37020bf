import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { QueryVariableBuilder, VariableRefresh } from '@grafana/grafana-foundation-sdk/dashboard';
import type { VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import { evidenceVariable, metricsVariable, words } from './board.ts';
import type { Board } from './board.ts';
import { cellWidth } from './cells.ts';
import { metricLines } from './charts.ts';
import { metricFigure, table } from './figures.ts';
import {
  correlationAge,
  correlationEvents,
  lag,
  lagTime,
  messages,
  missing,
  pendingBytes,
  pendingRows,
  stops,
  upkeep,
  workers,
} from './delivery-panels.ts';
import { pipelineGuide } from './guides.ts';
import { countMappings } from './look.ts';
import { metricsSource } from './queries.ts';

export const PIPELINE_UID = 'plumbline-pipeline-health';

/** A label that the board is narrowed by; all of them unless chosen. */
const labelVariable = (label: string, title: string, of: string): Builder<VariableModel> =>
  new QueryVariableBuilder(label)
    .label(title)
    .description(`Which ${label} of the scrape configuration to look at.`)
    .datasource(metricsSource)
    .query(`label_values(${of}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'] });

const rateBy = (labels: string, counter: string): string =>
  `sum by (${labels}) (rate(${counter}@[$__rate_interval]))`;

const increaseOf = (counter: string): string => `sum(increase(${counter}@[$__range])) or vector(0)`;

const sealQuantile = (quantile: number): string =>
  `histogram_quantile(${quantile}, ${rateBy('le', 'plumbline_seal_duration_seconds_bucket')})`;

const ageBySource = 'time() - max by (source) (plumbline_source_last_event_timestamp_seconds@)';

const stalest = () =>
  metricFigure(
    'Age of the stalest source',
    'Time since the newest event of the source that has been silent longest.',
    's',
    `max(${ageBySource})`,
  );
const setAside = () =>
  metricFigure(
    'Set aside in this range',
    'Items that stages set aside; each is in the dead letters or was seen before.',
    'short',
    increaseOf('plumbline_stage_dropped_total'),
  );
const errors = () =>
  metricFigure(
    'Errors in this range',
    'Errors that stages raised.',
    'short',
    increaseOf('plumbline_stage_errors_total'),
  ).mappings(countMappings('FAIL'));
const leaves = () =>
  metricFigure(
    'Evidence log',
    'Leaves under the newest signed checkpoint.',
    'short',
    'sum(plumbline_evidence_log_size_leaves@)',
  );

const records = () =>
  metricLines('Records by source', 'Records read from each source, per second.', 'rps', [
    rateBy('source', 'plumbline_source_records_total'),
    '{{source}}',
  ]);
const bytes = () =>
  metricLines('Bytes by source', 'Bytes received from each source, per second.', 'Bps', [
    rateBy('source', 'plumbline_source_bytes_total'),
    '{{source}}',
  ]);
const ages = () =>
  metricLines('Event age by source', 'Time since the newest event of each source.', 's', [
    ageBySource,
    '{{source}}',
  ]);
const sources = () =>
  table('sources', {
    empty: 'Nothing has arrived yet.',
    columns: ['source', 'class', 'events', 'last_event', 'age', 'missing', 'coerced'],
    cells: { last_event: [cellWidth(170)] },
  });

const dropped = () =>
  metricLines('Set aside by reason', 'Items that stages set aside, per second.', 'cps', [
    rateBy('stage, reason', 'plumbline_stage_dropped_total'),
    '{{stage}} {{reason}}',
  ]);
const errorCodes = () =>
  metricLines('Errors by code', 'Errors that stages raised, per second.', 'cps', [
    rateBy('stage, code', 'plumbline_stage_errors_total'),
    '{{stage}} {{code}}',
  ]);
const deadLetters = () => table('dead-letters', { empty: 'Everything could be read.' });

const flow = () =>
  metricLines(
    'Flow by stage',
    'What each stage was given and what it passed on, per second.',
    'cps',
    [rateBy('stage', 'plumbline_stage_received_total'), '{{stage}} in'],
    [rateBy('stage', 'plumbline_stage_sent_total'), '{{stage}} out'],
  );
const sealTime = () =>
  metricLines(
    'Seal time',
    'Time until the evidence of a seal is durable: half of the seals, and 95 of 100, were faster.',
    's',
    [sealQuantile(0.5), 'p50'],
    [sealQuantile(0.95), 'p95'],
  );
const logSize = () =>
  metricLines('Evidence log size', 'Leaves of each process; it never shrinks.', 'short', [
    'sum by (instance) (plumbline_evidence_log_size_leaves@)',
    '{{instance}}',
  ]);
const findings = () =>
  metricLines('Findings by level', 'Findings recorded, per second.', 'cps', [
    rateBy('level', 'plumbline_findings_total'),
    '{{level}}',
  ]);
const alerts = () =>
  metricLines('Notifications', 'Notifications attempted, per second.', 'cps', [
    rateBy('notifier, outcome', 'plumbline_alerts_total'),
    '{{notifier}} {{outcome}}',
  ]);
const guide = () =>
  words('How to read this board', 'What the figures mean and what an empty panel says.', pipelineGuide);

export const pipelineBoard = (other: Board['other']): Board => ({
  uid: PIPELINE_UID,
  title: 'Pipeline health',
  description:
    'Whether the pipeline takes everything in, what it set aside, and how fast evidence becomes durable.',
  from: 'now-6h',
  refresh: '30s',
  variables: [
    metricsVariable(),
    evidenceVariable(),
    labelVariable('job', 'Job', 'plumbline_evidence_log_size_leaves'),
    labelVariable('instance', 'Instance', 'plumbline_evidence_log_size_leaves{job=~"$job"}'),
  ],
  other,
  sections: [
    {
      title: 'Does it take everything in',
      lines: [
        { height: 4, panels: [stalest, setAside, errors, leaves].map((panel) => [6, panel()]) },
        { height: 8, panels: [records, bytes].map((panel) => [12, panel()]) },
        { height: 8, panels: [ages, sources].map((panel) => [12, panel()]) },
      ],
    },
    {
      title: 'What went wrong',
      lines: [
        { height: 8, panels: [dropped, errorCodes, deadLetters].map((panel) => [8, panel()]) },
        { height: 8, panels: [messages, missing, stops].map((panel) => [8, panel()]) },
      ],
    },
    {
      title: 'Does it keep up',
      lines: [
        { height: 8, panels: [lag, lagTime].map((panel) => [12, panel()]) },
        { height: 8, panels: [pendingRows, pendingBytes, workers].map((panel) => [8, panel()]) },
        { height: 8, panels: [correlationAge, correlationEvents].map((panel) => [12, panel()]) },
      ],
    },
    {
      title: 'How it flows',
      lines: [
        { height: 8, panels: [flow, sealTime].map((panel) => [12, panel()]) },
        { height: 8, panels: [logSize, findings, alerts, upkeep].map((panel) => [6, panel()]) },
      ],
    },
    { title: 'How to read this', lines: [{ height: 6, panels: [[24, guide()]] }] },
  ],
});
