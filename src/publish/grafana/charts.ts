import { PanelBuilder as BarChart } from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { VizTooltipOptions } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelId } from '../../domain/panels.ts';
import { columnsOf, inInk, inOrder, inShadesOfInk, wordsOf } from './cells.ts';
import type { FieldLooks } from './cells.ts';
import { statusMappings } from './look.ts';
import { askEvidence, askMetrics, evidenceSource, metricsSource } from './queries.ts';

const legend = (): VizLegendOptionsBuilder =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true);

const tooltip = (mode: TooltipDisplayMode, sort: SortOrder): Builder<VizTooltipOptions> => ({
  build: () => ({ mode, sort }),
});

/** Step lines from a zero baseline; gaps are drawn as gaps. */
const lines = (title: string, description: string, unit: string): TimeSeries =>
  new TimeSeries()
    .title(title)
    .description(description)
    .unit(unit)
    .min(0)
    .colorScheme(inShadesOfInk())
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(LineInterpolation.StepAfter)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .noValue('nothing in this range')
    .legend(legend())
    .tooltip(tooltip(TooltipDisplayMode.Multi, SortOrder.Descending));

/** Lines out of the service's own metrics: PromQL, and what a line is called. */
export function metricLines(
  title: string,
  description: string,
  unit: string,
  ...queries: readonly (readonly [expression: string, legend: string])[]
): TimeSeries {
  const builder = lines(title, description, unit).datasource(metricsSource);
  for (const [index, [expression, name]] of queries.entries())
    builder.withTarget(askMetrics(expression, name, 'ABCDEF'[index] ?? 'A'));
  return builder;
}

/** Counts over time out of the evidence, stacked from zero: bars for what happened, steps for what held. */
export function countsOverTime(panel: PanelId, style: 'bars' | 'steps', series: FieldLooks): TimeSeries {
  const { title, description } = wordsOf(panel);
  const builder = lines(title, description, 'short')
    .datasource(evidenceSource)
    .withTarget(askEvidence(panel, 'timeseries'))
    .transformations([inOrder(columnsOf(panel))])
    .fillOpacity(style === 'bars' ? 90 : 70)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (style === 'bars') builder.drawStyle(GraphDrawStyle.Bars).lineWidth(0);
  for (const [name, properties] of Object.entries(series)) builder.overrideByName(name, [...properties]);
  return builder;
}

/** Parts of a whole, one bar for each row of the panel. */
export function stackedBars(panel: PanelId, by: string, series: FieldLooks): BarChart {
  const { title, description } = wordsOf(panel);
  const columns = columnsOf(panel).filter(({ name }) => name === by || name in series);
  const builder = new BarChart()
    .title(title)
    .description(description)
    .datasource(evidenceSource)
    .withTarget(askEvidence(panel, 'table', columns))
    .transformations([inOrder(columns)])
    .unit('short')
    .min(0)
    .xField(by)
    .orientation(VizOrientation.Horizontal)
    .stacking(StackingMode.Normal)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(100)
    .lineWidth(0)
    .colorScheme(inInk())
    .noValue('no framework is mapped')
    .legend(legend())
    .tooltip(tooltip(TooltipDisplayMode.Multi, SortOrder.None));
  for (const [name, properties] of Object.entries(series)) builder.overrideByName(name, [...properties]);
  return builder;
}

/** One ribbon for each value of a column: what it was, from when to when. */
export function ribbons(panel: PanelId, by: string): StateTimeline {
  const { title, description } = wordsOf(panel);
  return new StateTimeline()
    .title(title)
    .description(description)
    .datasource(evidenceSource)
    .withTarget(askEvidence(panel, 'table'))
    .transformations([
      {
        id: 'partitionByValues',
        options: { fields: [by], keepFields: false, naming: { asLabels: true } },
      },
    ])
    .unit('string')
    .displayName(`\${__field.labels.${by}}`)
    .colorScheme(inInk())
    .mappings(statusMappings)
    .mergeValues(true)
    .showValue(VisibilityMode.Never)
    .rowHeight(0.8)
    .fillOpacity(90)
    .lineWidth(0)
    .perPage(25)
    .noValue('no control has evidence in this range')
    .legend(legend())
    .tooltip(tooltip(TooltipDisplayMode.Single, SortOrder.None));
}
