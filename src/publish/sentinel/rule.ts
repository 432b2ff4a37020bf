import type { Detection } from '../../domain/detection.ts';
import type { Level } from '../../domain/severity.ts';
import type { Rule } from '../../sigma/ast.ts';
import { compileToKql } from '../../sigma/kql.ts';
import type { CompiledKql } from '../../sigma/kql.ts';
import type { OutputColumn } from '../../sigma/kql/source.ts';
import type { Problem } from '../../lib/errors.ts';
import { sentinelAttack } from './attack.ts';
import type { SentinelAttack } from './attack.ts';
import type { AnalyticsRule, EntityMapping, Severity } from './template.ts';

const severities: Readonly<Record<Level, Severity>> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'High',
};

/**
 * How often a rule runs and how far it looks back. The query takes rows by when they reached the workspace, so the
 * longer look-back catches late records (Activity Log: 3 to 20 minutes) and no row is counted twice. Microsoft's own
 * pattern: learn.microsoft.com/azure/sentinel/ingestion-delay.
 */
const schedules: Readonly<Record<Level, { readonly every: string; readonly over: string }>> = {
  critical: { every: '5m', over: '1h' },
  high: { every: '5m', over: '1h' },
  medium: { every: '15m', over: '2h' },
  low: { every: '1h', over: '4h' },
  informational: { every: '1h', over: '4h' },
};

export type MadeRule =
  | { readonly problems?: undefined; readonly rule: AnalyticsRule; readonly caveats: readonly string[] }
  | { readonly problems: readonly Problem[] };

/** One analytics rule of one detection. */
export function analyticsRule(detection: Detection, rule: Rule): MadeRule {
  const { every, over } = schedules[detection.level];
  const compiled = compileToKql(rule, {
    labels: { Detection: detection.name, Assertion: detection.assertion },
    ingestedWithin: every,
  });
  if (compiled.problems !== undefined) return compiled;
  const attack = sentinelAttack(detection.tactics, detection.techniques);
  const mappings = entityMappings(compiled.columns);
  return {
    caveats: compiled.caveats,
    rule: {
      id: detection.id,
      name: detection.title,
      description: description(detection, compiled, attack),
      severity: severities[detection.level],
      status: 'Available',
      kind: 'Scheduled',
      requiredDataConnectors:
        compiled.source.connector === undefined
          ? []
          : [{ connectorId: compiled.source.connector, dataTypes: compiled.tables }],
      queryFrequency: every,
      queryPeriod: over,
      triggerOperator: 'gt',
      triggerThreshold: 0,
      tactics: attack.tactics,
      relevantTechniques: attack.techniques,
      query: queryText(detection, compiled),
      ...(mappings.length === 0 ? {} : { entityMappings: mappings }),
      customDetails: customDetails(compiled.columns),
      eventGroupingSettings: { aggregationKind: 'SingleAlert' },
      incidentConfiguration: {
        createIncident: !isEcho(compiled),
        groupingConfiguration: {
          enabled: true,
          reopenClosedIncident: false,
          lookbackDuration: '5h',
          matchingMethod: 'AllEntities',
        },
      },
      version: versionOf(rule),
    },
  };
}

/** A rule over alerts repeats the incident that the connector already opened for them. */
const isEcho = ({ tables }: Pick<CompiledKql, 'tables'>): boolean => tables.includes('SecurityAlert');

const queryText = (detection: Detection, { query, caveats }: CompiledKql): string =>
  [
    `// Compiled from the Sigma rule ${detection.file}; change it there.`,
    ...caveats.map((words) => `// Differs from it: ${words}.`),
    query,
    '',
  ].join('\n');

function description(detection: Detection, compiled: CompiledKql, attack: SentinelAttack): string {
  const { caveats } = compiled;
  const echo = 'Its alerts open no incident, because the connector already opened one; correlate with it.';
  return [
    detection.description.trim(),
    `What to do:\n${detection.runbook.trim()}`,
    `Evidence for assertion ${detection.assertion}, detection ${detection.name}.`,
    ...(caveats.length === 0 ? [] : [`Note: ${caveats.join('; ')}.`]),
    ...(isEcho(compiled) ? [echo] : []),
    ...(attack.elsewhere.length === 0
      ? []
      : [`Also: ${attack.elsewhere.join(', ')} (not in Sentinel's own list).`]),
  ].join('\n\n');
}

/** Rule files carry a date, not a version: 2026-11-22 is 2026.11.22, which grows the way Sentinel wants. */
function versionOf({ modified, date }: Rule): string {
  const parts = (modified ?? date ?? '').split(/[-/]/).map(Number);
  return parts.length === 3 && parts.every(Number.isInteger) ? parts.join('.') : '1.0.0';
}

function entityMappings(columns: readonly OutputColumn[]): readonly EntityMapping[] {
  const mapped = (identifier: string, columnName: OutputColumn): EntityMapping['fieldMappings'] =>
    columns.includes(columnName) ? [{ identifier, columnName }] : [];
  const all: readonly EntityMapping[] = [
    {
      entityType: 'Account',
      fieldMappings: [...mapped('FullName', 'ActorName'), ...mapped('AadUserId', 'ActorId')],
    },
    { entityType: 'IP', fieldMappings: mapped('Address', 'IpAddress') },
    { entityType: 'AzureResource', fieldMappings: mapped('ResourceId', 'AzureResourceId') },
  ];
  return all.filter(({ fieldMappings }) => fieldMappings.length > 0);
}

const detailColumns: readonly OutputColumn[] = [
  'Operation',
  'Result',
  'Target',
  'AppId',
  'MaskedIpAddress',
  'CorrelationId',
];

const customDetails = (columns: readonly OutputColumn[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...detailColumns.filter((name) => columns.includes(name)), 'Detection', 'Assertion'].map((name) => [
      name,
      name,
    ]),
  );
