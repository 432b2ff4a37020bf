import {
  BigValueColorMode,
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import type { PanelId } from '../../domain/panels.ts';
import { columnsOf, inInk, inOrder, namedAs, wordsOf } from './cells.ts';
import type { FieldLooks, Words } from './cells.ts';
import { askEvidence, askMetricNow, evidenceSource, metricsSource } from './queries.ts';

export interface TableOptions extends Words {
  /** Columns shown; all of the contract when left out. */
  readonly columns?: readonly string[];
  readonly cells?: FieldLooks;
  /** What an empty table says. */
  readonly empty: string;
}

export function table(panel: PanelId, { columns: wanted, cells = {}, empty, ...words }: TableOptions): Table {
  const all = columnsOf(panel);
  const columns = wanted === undefined ? all : all.filter(({ name }) => wanted.includes(name));
  const { title, description } = wordsOf(panel, words);
  const builder = new Table()
    .title(title)
    .description(description)
    .datasource(evidenceSource)
    .withTarget(askEvidence(panel, 'table', columns))
    .transformations([inOrder(columns)])
    .colorScheme(inInk())
    .unit('none')
    .noValue(empty)
    .filterable(true);
  for (const column of columns)
    builder.overrideByName(column.name, [...namedAs(column), ...(cells[column.name] ?? [])]);
  return builder;
}

const singleValue = (title: string, description: string, unit: string, fields: string): Stat =>
  new Stat()
    .title(title)
    .description(description)
    .unit(unit)
    .colorScheme(inInk())
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields(fields).values(false));

export interface FigureOptions extends Required<Words> {
  readonly column: string;
  readonly unit: string;
  readonly mappings?: readonly ValueMapping[];
  /** What it says when the value is not there. */
  readonly empty?: string;
}

/** One value out of the one row of a panel. */
export const figure = (panel: PanelId, options: FigureOptions): Stat =>
  singleValue(options.title, options.description, options.unit, `/^${options.column}$/`)
    .datasource(evidenceSource)
    .withTarget(
      askEvidence(
        panel,
        'table',
        columnsOf(panel).filter(({ name }) => name === options.column),
      ),
    )
    .mappings([...(options.mappings ?? [])])
    .noValue(options.empty ?? 'unknown');

/** One value out of the metrics, at the end of the range. */
export const metricFigure = (title: string, description: string, unit: string, expression: string): Stat =>
  singleValue(title, description, unit, '')
    .datasource(metricsSource)
    .withTarget(askMetricNow(expression))
    .noValue('unknown');
