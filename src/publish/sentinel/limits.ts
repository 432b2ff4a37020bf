import { parentTechnique, sentinelTactics, tacticsOf } from './attack.ts';
import type { AnalyticsRule, EntityMapping } from './template.ts';
import { minutesOf } from './template.ts';

/** Enabled scheduled rules a workspace takes (sentinel-service-limits). */
const mostRules = 512;

/** Identifiers of the entities we map, and which of them alone names one (`EntityMappingIdentifiers`). */
const identifiers: Readonly<
  Record<EntityMapping['entityType'], { readonly all: readonly string[]; readonly naming: readonly string[] }>
> = {
  Account: {
    all: [
      'Name',
      'FullName',
      'NTDomain',
      'DnsDomain',
      'UPNSuffix',
      'Sid',
      'AadTenantId',
      'AadUserId',
      'PUID',
    ].concat(['IsDomainJoined', 'DisplayName', 'ObjectGuid']),
    naming: ['FullName', 'Sid', 'Name', 'AadUserId', 'PUID', 'ObjectGuid'],
  },
  IP: { all: ['Address'], naming: ['Address'] },
  AzureResource: { all: ['ResourceId'], naming: ['ResourceId'] },
};

const between = (value: number, low: number, high: number): boolean => value >= low && value <= high;

/**
 * What Microsoft Sentinel, or the checks of its template repository, would refuse; empty for a sound rule. Limits from
 * the template schema checks of Azure/Azure-Sentinel and from the service limits page.
 */
export const limitFaults = (rule: AnalyticsRule): readonly string[] => [
  ...textFaults(rule),
  ...timingFaults(rule),
  ...attackFaults(rule),
  ...detailFaults(rule),
  ...(rule.entityMappings === undefined ? [] : mappingFaults(rule.entityMappings)),
];

/** What a set of rules breaks that no single one does. */
export function setFaults(rules: readonly AnalyticsRule[]): readonly string[] {
  const ids = new Set<string>();
  const twice = rules.filter(({ id }) => ids.size === ids.add(id).size);
  return [
    ...twice.map(({ id }) => `id ${id} is used twice`),
    ...(rules.length > mostRules ? [`${rules.length} rules; a workspace takes ${mostRules}`] : []),
  ];
}

function* textFaults({ id, name, description, query, version }: AnalyticsRule): Generator<string> {
  if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) yield `id \`${id}\` is not a GUID`;
  if (!between(name.length, 1, 256)) yield `name has ${name.length} characters, not 1 to 256`;
  if (!between(description.length, 1, 5000))
    yield `description has ${description.length} characters, not 1 to 5000`;
  if (!between(query.length, 1, 10_000)) yield `query has ${query.length} characters, not 1 to 10000`;
  if (/\b(?:search|union)\s+\*/.test(query)) yield 'query reads all tables (`search *`, `union *`)';
  if (version.length > 20 || !/^\d+\.\d+\.\d+$/.test(version)) yield `version \`${version}\` is not a.b.c`;
}

function* timingFaults({ queryFrequency, queryPeriod, triggerThreshold }: AnalyticsRule): Generator<string> {
  const frequency = minutesOf(queryFrequency);
  const period = minutesOf(queryPeriod);
  if (frequency === undefined || !between(frequency, 5, 14 * 1440))
    yield `queryFrequency ${queryFrequency} is not 5m to 14d`;
  if (period === undefined || !between(period, 5, 14 * 1440))
    yield `queryPeriod ${queryPeriod} is not 5m to 14d`;
  if (period !== undefined && frequency !== undefined) {
    if (period < frequency)
      yield `queryPeriod ${queryPeriod} is shorter than queryFrequency ${queryFrequency}`;
    if (period >= 2 * 1440 && frequency < 60)
      yield `a queryPeriod of 2d or more needs a queryFrequency of 1h or more`;
  }
  if (!Number.isInteger(triggerThreshold) || !between(triggerThreshold, 0, 10_000))
    yield `triggerThreshold ${triggerThreshold} is not 0 to 10000`;
}

function* attackFaults({ tactics, relevantTechniques }: AnalyticsRule): Generator<string> {
  for (const tactic of tactics)
    if (!sentinelTactics.includes(tactic)) yield `Sentinel has no tactic \`${tactic}\``;
  for (const technique of relevantTechniques) {
    if (!/^T\d{4}(?:\.\d{3})?$/.test(technique)) yield `\`${technique}\` is not a technique id`;
    else if (tacticsOf(technique).length === 0)
      yield `Sentinel's checks do not know ${parentTechnique(technique)}`;
    else if (!tacticsOf(technique).some((tactic) => tactics.includes(tactic)))
      yield `${technique} needs one of the tactics ${tacticsOf(technique).join(', ')}`;
  }
}

function* detailFaults({ customDetails }: AnalyticsRule): Generator<string> {
  const details = Object.entries(customDetails);
  if (details.length > 20) yield `${details.length} custom details; a rule takes 20`;
  for (const [key, column] of details) {
    if (key.length > 20 || !/^[a-zA-Z]+\w*$/.test(key))
      yield `custom detail \`${key}\` is not a name of 1 to 20 letters`;
    if (column.length > 500 || !/^[a-zA-Z_]+\w*$/.test(column))
      yield `custom detail \`${key}\` names no column`;
  }
}

function* mappingFaults(mappings: readonly EntityMapping[]): Generator<string> {
  if (!between(mappings.length, 1, 10)) yield `${mappings.length} entity mappings, not 1 to 10`;
  for (const { entityType, fieldMappings } of mappings) {
    const { all, naming } = identifiers[entityType];
    if (!between(fieldMappings.length, 1, 3))
      yield `${entityType} has ${fieldMappings.length} field mappings, not 1 to 3`;
    for (const { identifier } of fieldMappings)
      if (!all.includes(identifier)) yield `${entityType} has no identifier \`${identifier}\``;
    if (!fieldMappings.some(({ identifier }) => naming.includes(identifier)))
      yield `${entityType} needs one of ${naming.join(', ')}`;
  }
}
