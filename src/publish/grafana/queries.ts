import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { panelPath, panels } from '../../domain/panels.ts';
import type { ColumnType, PanelColumn, PanelContract, PanelId } from '../../domain/panels.ts';

export const INFINITY = 'yesoreyeram-infinity-datasource';

/** Data sources are variables of the board, so that it works with whatever they are called elsewhere. */
export const evidenceSource: DataSourceRef = { type: INFINITY, uid: '${infinity_datasource}' };
export const metricsSource: DataSourceRef = { type: 'prometheus', uid: '${prometheus_datasource}' };

const columnTypes: Readonly<Record<ColumnType, string>> = {
  time: 'timestamp_epoch',
  string: 'string',
  number: 'number',
  boolean: 'boolean',
};

/** The parameters of an endpoint, filled by Grafana: its time range in epoch ms, and the board's variable. */
const parametersOf = ({ takes }: PanelContract): readonly { key: string; value: string }[] => [
  ...(takes.includes('range')
    ? [
        { key: 'from', value: '${__from}' },
        { key: 'to', value: '${__to}' },
      ]
    : []),
  ...(takes.includes('framework') ? [{ key: 'framework', value: '${framework}' }] : []),
];

/** What the Infinity plugin keeps of a query, for its own parser that runs in Grafana's back end. */
export function infinityQuery(
  panel: PanelId,
  format: 'table' | 'timeseries',
  columns: readonly PanelColumn[] = panels[panel].columns,
): Record<string, unknown> {
  return {
    refId: 'A',
    datasource: evidenceSource,
    type: 'json',
    source: 'url',
    parser: 'backend',
    format,
    url: panelPath(panel),
    url_options: { method: 'GET', data: '', params: parametersOf(panels[panel]) },
    root_selector: '',
    columns: columns.map(({ name, type }) => ({ selector: name, text: name, type: columnTypes[type] })),
    filters: [],
    computed_columns: [],
  };
}

export const askEvidence = (
  panel: PanelId,
  format: 'table' | 'timeseries',
  columns?: readonly PanelColumn[],
): Builder<Dataquery> => ({
  build: () => ({
    ...infinityQuery(panel, format, columns),
    _implementsDataqueryVariant: () => undefined,
  }),
});

/** Narrows every metric to the processes that the board's variables name. */
const selector = '{job=~"$job", instance=~"$instance"}';

/** PromQL, with `@` where the labels that a metric is narrowed by belong. */
const promql = (expression: string): string => expression.replaceAll('@', selector);

export const askMetrics = (expression: string, legend: string, refId: string): Builder<Dataquery> =>
  new DataqueryBuilder()
    .datasource(metricsSource)
    .expr(promql(expression))
    .legendFormat(legend)
    .refId(refId)
    .range();

/** One value at the end of the range, for a single figure. */
export const askMetricNow = (expression: string): Builder<Dataquery> =>
  new DataqueryBuilder()
    .datasource(metricsSource)
    .expr(promql(expression))
    .legendFormat('__auto')
    .refId('A')
    .instant();
