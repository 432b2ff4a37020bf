import type { JsonObject } from '../../lib/json.ts';
import { guidOf } from '../guid.ts';

/** The parameters that every query of the workbook is asked under. */
export const timeParameter = 'TimeRange';
const workspaceParameter = 'Workspace';
const subscriptionParameter = 'Subscription';
const tabParameter = 'Tab';

export interface QueryItem {
  readonly name: string;
  readonly title: string;
  readonly query: string;
  /** What would fill an empty result, and how to switch it on. */
  readonly empty: string;
  readonly chart?: 'table' | 'timechart' | 'barchart';
  /** Percent of the row; the whole row unless told otherwise. */
  readonly width?: number;
}

/** Rows a table shows at once; the whole result stays exportable. */
const rowLimit = 500;
const workspaces = 'microsoft.operationalinsights/workspaces';

/** The state columns carry glyph and word; the colour only repeats them. */
const stateFormatter = {
  columnMatch: '^State$',
  formatter: 18,
  formatOptions: {
    thresholdsOptions: 'colors',
    thresholdsGrid: [
      { operator: 'startsWith', thresholdValue: '✕', representation: 'redBright', text: '{0}{1}' },
      { operator: 'startsWith', thresholdValue: '∅', representation: 'gray', text: '{0}{1}' },
      { operator: 'startsWith', thresholdValue: '!', representation: 'orange', text: '{0}{1}' },
      { operator: 'Default', thresholdValue: null, representation: null, text: '{0}{1}' },
    ],
  },
};

export const markdown = (name: string, text: string): JsonObject => ({
  type: 1,
  content: { json: text },
  name,
});

export const query = ({ name, title, query: kql, empty, chart = 'table', width }: QueryItem): JsonObject => ({
  type: 3,
  content: {
    version: 'KqlItem/1.0',
    query: kql,
    size: 0,
    title,
    noDataMessage: empty,
    timeContextFromParameter: timeParameter,
    showExportToExcel: true,
    queryType: 0,
    resourceType: workspaces,
    crossComponentResources: [`{${workspaceParameter}}`],
    visualization: chart,
    ...(chart === 'table' ? { gridSettings: { formatters: [stateFormatter], rowLimit, filter: true } } : {}),
  },
  ...(width === undefined ? {} : { customWidth: String(width) }),
  name,
});

const hour = 3_600_000;
const parameter = (name: string, more: JsonObject): JsonObject => ({
  id: guidOf(`workbook-parameter:${name}`),
  version: 'KqlParameterItem/1.0',
  name,
  isRequired: true,
  ...more,
});

export const parameters = (): JsonObject => ({
  type: 9,
  content: {
    version: 'KqlParameterItem/1.0',
    parameters: [
      parameter(timeParameter, {
        label: 'Time range',
        type: 4,
        value: { durationMs: 7 * 24 * hour },
        typeSettings: {
          selectableValues: [1, 24, 3 * 24, 7 * 24, 14 * 24, 30 * 24, 90 * 24].map((hours) => ({
            durationMs: hours * hour,
          })),
          allowCustom: true,
        },
      }),
      parameter(subscriptionParameter, {
        type: 6,
        multiSelect: false,
        value: 'value::1',
        typeSettings: { additionalResourceOptions: ['value::1'], includeAll: false },
      }),
      parameter(workspaceParameter, {
        type: 5,
        multiSelect: false,
        query: `resources\n| where type =~ '${workspaces}'\n| project id`,
        crossComponentResources: [`{${subscriptionParameter}}`],
        queryType: 1,
        resourceType: 'microsoft.resourcegraph/resources',
        value: 'value::1',
        typeSettings: { resourceTypeFilter: { [workspaces]: true }, additionalResourceOptions: ['value::1'] },
      }),
    ],
    style: 'pills',
    queryType: 1,
    resourceType: 'microsoft.resourcegraph/resources',
  },
  name: 'parameters',
});

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly items: readonly JsonObject[];
}

export const tabs = (of: readonly Tab[]): JsonObject => ({
  type: 11,
  content: {
    version: 'LinkItem/1.0',
    style: 'tabs',
    links: of.map(({ id, label }) => ({
      id: guidOf(`workbook-tab:${id}`),
      cellValue: tabParameter,
      linkTarget: 'parameter',
      linkLabel: label,
      subTarget: id,
      style: 'link',
    })),
  },
  name: 'tabs',
});

export const tabGroup = ({ id, label, items }: Tab): JsonObject => ({
  type: 12,
  content: { version: 'NotebookGroup/1.0', groupType: 'editable', title: label, items },
  conditionalVisibility: { parameterName: tabParameter, comparison: 'isEqualTo', value: id },
  name: `group-${id}`,
});
