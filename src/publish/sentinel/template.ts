import type { SentinelTactic } from './attack.ts';

export type Severity = 'Informational' | 'Low' | 'Medium' | 'High';

export interface EntityMapping {
  readonly entityType: 'Account' | 'IP' | 'AzureResource';
  readonly fieldMappings: readonly { readonly identifier: string; readonly columnName: string }[];
}

/** A scheduled analytics rule as the YAML templates of Azure/Azure-Sentinel write it. */
export interface AnalyticsRule {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  readonly status: 'Available';
  readonly kind: 'Scheduled';
  readonly requiredDataConnectors: readonly {
    readonly connectorId: string;
    readonly dataTypes: readonly string[];
  }[];
  /** `5m`, `1h`, `1d`. */
  readonly queryFrequency: string;
  readonly queryPeriod: string;
  readonly triggerOperator: 'gt';
  readonly triggerThreshold: number;
  readonly tactics: readonly SentinelTactic[];
  readonly relevantTechniques: readonly string[];
  readonly query: string;
  readonly entityMappings?: readonly EntityMapping[];
  readonly customDetails: Readonly<Record<string, string>>;
  readonly eventGroupingSettings: { readonly aggregationKind: 'SingleAlert' | 'AlertPerResult' };
  readonly incidentConfiguration: {
    readonly createIncident: boolean;
    readonly groupingConfiguration: {
      readonly enabled: boolean;
      readonly reopenClosedIncident: boolean;
      readonly lookbackDuration: string;
      readonly matchingMethod: 'AllEntities' | 'AnyAlert';
    };
  };
  readonly version: string;
}

/** Minutes in a template's duration; undefined when it is none. */
export function minutesOf(duration: string): number | undefined {
  const found = /^(?<count>\d{1,4})(?<unit>[mhd])$/.exec(duration)?.groups;
  if (found === undefined) return undefined;
  const each = { m: 1, h: 60, d: 1440 }[found['unit'] ?? 'm'] ?? 1;
  return Number(found['count']) * each;
}

/** `5m` to `PT5M`, `14d` to `P14D`: ISO 8601, as ARM wants it. */
export function isoDuration(duration: string): string {
  const minutes = minutesOf(duration);
  if (minutes === undefined) throw new TypeError(`\`${duration}\` is not a duration like 5m, 1h or 1d`);
  return `P${duration.endsWith('d') ? '' : 'T'}${duration.toUpperCase()}`;
}
