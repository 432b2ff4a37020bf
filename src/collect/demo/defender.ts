import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { HOUR_MS, iso, MINUTE_MS } from '../../lib/clock.ts';
import { assessmentTypes } from './assessments.ts';
import type { AssessmentType } from './assessments.ts';
import type { Hour } from './clockwork.ts';
import { subscriptionId } from './estate.ts';
import { tenantId } from './tenant.ts';
import { guid, iso7 } from './text.ts';

export interface AlertFacts {
  readonly time: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly severity: 'Informational' | 'Low' | 'Medium' | 'High';
  readonly intent: string;
  readonly resourceId: string;
  readonly entity: string;
  readonly entities?: readonly JsonObject[];
  readonly details?: JsonObject;
}

/** An alert as continuous export writes it: flat, in PascalCase. */
export function flatAlert(facts: AlertFacts, random: Random): JsonObject {
  const id = `2517${random.int(100_000, 999_999)}${random.int(100_000_000, 999_999_999)}_${guid(random)}`;
  const at = iso7(facts.time, random);
  return {
    VendorName: 'Microsoft',
    AlertType: facts.type,
    ProductName: 'Microsoft Defender for Cloud',
    StartTimeUtc: iso7(facts.time - 3 * MINUTE_MS, random),
    EndTimeUtc: at,
    TimeGenerated: at,
    ProcessingEndTime: at,
    Severity: facts.severity,
    Status: 'New',
    ProviderAlertStatus: null,
    ConfidenceLevel: null,
    IsIncident: false,
    SystemAlertId: id,
    CorrelationKey: null,
    Intent: facts.intent,
    AzureResourceId: facts.resourceId,
    CompromisedEntity: facts.entity,
    AlertDisplayName: facts.title,
    Description: facts.description,
    Entities: facts.entities ?? [],
    ResourceIdentifiers: [
      { $id: '2', AzureResourceId: facts.resourceId, Type: 'AzureResource', AzureResourceTenantId: tenantId },
      { $id: '3', AadTenantId: tenantId, Type: 'AAD' },
    ],
    RemediationSteps: ['Review the prompt in the evidence, then the content filter of the deployment.'],
    ExtendedProperties: { resourceType: 'Azure AI services', ...facts.details },
    AlertUri: `https://portal.azure.com/#blade/Microsoft_Azure_Security_AzureDefenderForData/AlertBlade/alertId/${id}/subscriptionId/${subscriptionId}`,
  };
}

/** The same alert as the alerts API shapes it: some exports deliver this form instead. */
export function apiAlert(facts: AlertFacts, random: Random): JsonObject {
  const name = `2517${random.int(100_000, 999_999)}${random.int(100_000_000, 999_999_999)}_${guid(random)}`;
  return {
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.Security/locations/uksouth/alerts/${name}`,
    name,
    type: 'Microsoft.Security/Locations/alerts',
    properties: {
      alertType: facts.type,
      alertDisplayName: facts.title,
      description: facts.description,
      severity: facts.severity,
      intent: facts.intent,
      status: 'Active',
      isIncident: false,
      compromisedEntity: facts.entity,
      startTimeUtc: iso7(facts.time - 3 * MINUTE_MS, random),
      endTimeUtc: iso7(facts.time, random),
      timeGeneratedUtc: iso7(facts.time, random),
      productName: 'Microsoft Defender for Cloud',
      vendorName: 'Microsoft',
      systemAlertId: name,
      resourceIdentifiers: [{ azureResourceId: facts.resourceId, type: 'AzureResource' }],
      extendedProperties: { resourceType: 'Azure AI services', ...facts.details },
    },
  };
}

type HealthCode = 'Healthy' | 'Unhealthy' | 'NotApplicable';

/** One assessment of one resource, as it stood at `time`. */
function assessmentRecord(
  type: AssessmentType,
  resourceId: string,
  code: HealthCode,
  changedAt: number,
  time: number,
): JsonObject {
  const enrichment = { action: 'Write', apiVersion: '2021-06-01', isSnapshot: false };
  return {
    assessmentEventDataEnrichment: enrichment,
    securityEventDataEnrichment: enrichment,
    tenantId,
    type: 'Microsoft.Security/assessments',
    kind: null,
    location: null,
    id: `${resourceId.toLowerCase()}/providers/Microsoft.Security/assessments/${type.key}`,
    name: type.key,
    tags: null,
    properties: {
      resourceDetails: { source: 'Azure', id: resourceId.toLowerCase() },
      displayName: type.name,
      status: {
        code,
        ...(code === 'NotApplicable' ? { cause: 'OffByPolicy' } : {}),
        statusChangeDate: iso(changedAt),
        firstEvaluationDate: '2025-11-03T08:12:40.5527125Z',
      },
      additionalData: { evaluatedAt: iso(time) },
      metadata: {
        displayName: type.name,
        assessmentType: 'BuiltIn',
        policyDefinitionId: `/providers/microsoft.authorization/policydefinitions/${type.key}`,
        categories: [type.category],
        severity: type.severity,
        userImpact: 'Low',
        implementationEffort: 'Low',
        threats: ['DataExfiltration', 'AccountBreach'],
      },
      links: {
        azurePortal: `portal.azure.com/#blade/Microsoft_Azure_Security/RecommendationsBlade/assessmentKey/${type.key}`,
      },
    },
  };
}

/** Defender looks at everything about every six hours, and again soon after a change. */
const ROUND_HOURS = [0, 6, 12, 18] as const;

/** Changes that lie before the day: everything was put right in the autumn. */
const SETTLED_AT = Date.UTC(2025, 10, 3, 8, 12, 40);

function standing(
  hour: Hour,
  type: AssessmentType,
  resourceId: string,
  time: number,
): { code: HealthCode; since: number } {
  if (type.notApplicable.includes(resourceId)) return { code: 'NotApplicable', since: SETTLED_AT };
  let since = SETTLED_AT;
  for (const fault of hour.faults) {
    if (fault.assessment !== type.name || fault.resourceId !== resourceId) continue;
    if (time >= fault.from && time < fault.to) return { code: 'Unhealthy', since: fault.from };
    if (time >= fault.to) since = Math.max(since, fault.to);
  }
  return { code: 'Healthy', since };
}

function assess(hour: Hour, type: AssessmentType, resourceId: string, time: number): void {
  const { code, since } = standing(hour, type, resourceId, time);
  hour.emit('defender-export', time, assessmentRecord(type, resourceId, code, since, time));
}

/** The rounds of the day, and the extra look at a resource whose state just changed. */
export function assessmentRounds(hour: Hour): void {
  const { random } = hour;
  if (ROUND_HOURS.some((round) => round === hour.index)) {
    for (const type of assessmentTypes) {
      for (const resourceId of type.resources) {
        assess(hour, type, resourceId, hour.start + random.int(2 * MINUTE_MS, 25 * MINUTE_MS));
      }
    }
  }
  for (const fault of hour.faults) {
    const type = assessmentTypes.find(({ name }) => name === fault.assessment);
    if (type === undefined)
      throw new RangeError(`no assessment is called "${fault.assessment}"; see assessments.ts`);
    for (const changedAt of [fault.from, fault.to]) {
      if (changedAt >= hour.start && changedAt < hour.start + HOUR_MS)
        assess(hour, type, fault.resourceId, changedAt);
    }
  }
}
