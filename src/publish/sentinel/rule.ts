import type { Detection } from '../../domain/detection.ts';
import type { Level } from '../../domain/severity.ts';
import type { Rule } from '../../sigma/ast.ts';
import { compileToKql } from '../../sigma/kql.ts';
import type { CompiledKql } from '../../sigma/kql.ts';
import { compileCorrelationToKql } from '../../sigma/kql/correlation.ts';
import type { KqlSource, OutputColumn } from '../../sigma/kql/source.ts';
import type { TableName } from '../../sigma/kql/tables.ts';
import type { Correlation } from '../../sigma/correlation-ast.ts';
import type { ResolvedCorrelation } from '../../sigma/correlation-resolve.ts';
import type { Problem } from '../../lib/errors.ts';
import { sentinelAttack } from './attack.ts';
import type { SentinelAttack } from './attack.ts';
import { correlationSchedule, schedules } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import type { AnalyticsRule, EntityMapping, Severity } from './template.ts';

const severities: Readonly<Record<Level, Severity>> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'High',
};

export type MadeRule =
  | {
      readonly problems?: undefined;
      readonly rule: AnalyticsRule;
      readonly caveats: readonly string[];
      readonly textCaveats: readonly string[];
    }
  | { readonly problems: readonly Problem[] };

/** What an analytics rule is made of, whether one event is looked at or many. */
interface Query extends Pick<CompiledKql, 'query' | 'tables' | 'columns' | 'caveats' | 'textCaveats'> {
  readonly connectors: readonly { readonly connectorId: string; readonly dataTypes: readonly TableName[] }[];
}

/** One analytics rule of one detection. */
export function analyticsRule(detection: Detection, rule: Rule): MadeRule {
  const schedule = schedules[detection.level];
  const compiled = compileToKql(rule, { labels: labelsOf(detection), ingestedWithin: schedule.every });
  if (compiled.problems !== undefined) return compiled;
  return made(detection, schedule, rule, {
    ...compiled,
    connectors: connectorsOf([compiled.source], compiled.tables),
  });
}

/** One analytics rule of one correlation. */
export function correlationRule(
  detection: Detection,
  resolved: ResolvedCorrelation<Rule>,
  resolvedOf: (correlation: Correlation) => ResolvedCorrelation<Rule> | undefined,
): MadeRule {
  // How far to look back is known once it is compiled; how often it runs is part of the query.
  const options = { labels: labelsOf(detection) };
  const first = compileCorrelationToKql(resolved, resolvedOf, options);
  if (first.problems !== undefined) return first;
  const schedule = correlationSchedule(detection.level, first.reachMs);
  const compiled = compileCorrelationToKql(resolved, resolvedOf, {
    ...options,
    ingestedWithin: schedule.every,
  });
  if (compiled.problems !== undefined) return compiled;
  const { sources, tables } = compiled;
  return made(detection, schedule, resolved.correlation, {
    ...compiled,
    connectors: connectorsOf(sources, tables),
  });
}

const labelsOf = ({ name, assertion }: Detection) => ({ Detection: name, Assertion: assertion });

/** Each connector once, with the tables of its log sources that are read. */
function connectorsOf(sources: readonly KqlSource[], tables: readonly TableName[]): Query['connectors'] {
  const byId = Map.groupBy(sources, ({ connector }) => connector);
  return [...byId].flatMap(([connectorId, of]) => {
    if (connectorId === undefined) return [];
    const own = new Set(of.flatMap(({ branches }) => branches.map(({ table }) => table)));
    return [{ connectorId, dataTypes: tables.filter((table) => own.has(table)) }];
  });
}

function made(
  detection: Detection,
  { every, over }: Schedule,
  rule: Pick<Rule, 'modified' | 'date'>,
  compiled: Query,
): MadeRule {
  const attack = sentinelAttack(detection.tactics, detection.techniques);
  const mappings = entityMappings(compiled.columns);
  return {
    caveats: compiled.caveats,
    textCaveats: compiled.textCaveats,
    rule: {
      id: detection.id,
      name: detection.title,
      description: description(detection, compiled, attack),
      severity: severities[detection.level],
      status: 'Available',
      kind: 'Scheduled',
      requiredDataConnectors: compiled.connectors,
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
const isEcho = ({ tables }: Pick<CompiledKql, 'tables'>): boolean =>
  tables.every((table) => table === 'SecurityAlert');

const queryText = (detection: Detection, { query, caveats, textCaveats }: Query): string =>
  [
    `// Compiled from the Sigma rule ${detection.file}; change it there.`,
    ...caveats.map((words) => `// Differs from it: ${words}.`),
    ...textCaveats.map((words) => `// Texts: ${words}.`),
    query,
    '',
  ].join('\n');

function description(detection: Detection, compiled: Query, attack: SentinelAttack): string {
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
function versionOf({ modified, date }: Pick<Rule, 'modified' | 'date'>): string {
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
