import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { isJsonObject } from '../../lib/json.ts';
import { guidOf } from '../guid.ts';
import { parentTechnique } from './attack.ts';
import { isoDuration } from './template.ts';
import type { AnalyticsRule } from './template.ts';

const apiVersion = '2025-09-01';

/** ARM takes a text in brackets for an expression; a second bracket makes it a text again. */
function escaped(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.startsWith('[') ? `[${value}` : value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(escaped);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === undefined ? [] : [[key, escaped(member)]])),
  );
}

/** All rules in one deployment; their names come from the detections' ids, so deploying again updates them. */
export const armTemplate = (rules: readonly AnalyticsRule[]): JsonObject => ({
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  metadata: {
    description: 'Analytics rules compiled from Sigma detections. Generated: change the detections.',
  },
  parameters: {
    workspace: {
      type: 'string',
      metadata: { description: 'Name of the Log Analytics workspace that Microsoft Sentinel runs on.' },
    },
    enabled: {
      type: 'bool',
      defaultValue: true,
      metadata: { description: 'Whether the rules run after the deployment.' },
    },
  },
  resources: rules.map(resource),
});

export const ruleName = ({ id }: Pick<AnalyticsRule, 'id'>): string =>
  guidOf(`sentinel-rule:${id.toLowerCase()}`);

const resource = (rule: AnalyticsRule): JsonObject => ({
  type: 'Microsoft.OperationalInsights/workspaces/providers/alertRules',
  apiVersion,
  name: `[concat(parameters('workspace'), '/Microsoft.SecurityInsights/${ruleName(rule)}')]`,
  kind: rule.kind,
  properties: properties(rule),
});

function properties(rule: AnalyticsRule): JsonObject {
  const { incidentConfiguration: incident } = rule;
  const grouping = incident.groupingConfiguration;
  const texts = escaped({
    displayName: rule.name,
    description: rule.description,
    severity: rule.severity,
    query: rule.query,
    queryFrequency: isoDuration(rule.queryFrequency),
    queryPeriod: isoDuration(rule.queryPeriod),
    triggerOperator: 'GreaterThan',
    triggerThreshold: rule.triggerThreshold,
    suppressionEnabled: false,
    suppressionDuration: 'PT5H',
    tactics: rule.tactics,
    techniques: [...new Set(rule.relevantTechniques.map(parentTechnique))],
    entityMappings: rule.entityMappings?.map(({ entityType, fieldMappings }) => ({
      entityType,
      fieldMappings: fieldMappings.map(({ identifier, columnName }) => ({ identifier, columnName })),
    })),
    customDetails: rule.customDetails,
    eventGroupingSettings: { aggregationKind: rule.eventGroupingSettings.aggregationKind },
    incidentConfiguration: {
      createIncident: incident.createIncident,
      groupingConfiguration: { ...grouping, lookbackDuration: isoDuration(grouping.lookbackDuration) },
    },
  });
  return { enabled: "[parameters('enabled')]", ...(isJsonObject(texts) ? texts : {}) };
}
