import { column, json } from './source.ts';
import type { FieldColumn, KqlSource } from './source.ts';

/** The same alert arrives flat in PascalCase, or in the shape of the alerts API under `properties`. */
const alertFields: Readonly<Record<string, FieldColumn>> = {
  alertType: column('AlertType'),
  alertDisplayName: column('DisplayName'),
  severity: column('AlertSeverity'),
  intent: column('Tactics'),
  status: column('Status'),
  compromisedEntity: column('CompromisedEntity'),
  systemAlertId: column('SystemAlertId'),
  description: column('Description'),
  isIncident: column('IsIncident'),
  productName: column('ProductName'),
  vendorName: column('VendorName'),
  alertUri: column('AlertLink'),
  startTimeUtc: column('StartTime'),
  endTimeUtc: column('EndTime'),
  extendedProperties: json('ExtendedProperties'),
  entities: json('Entities'),
};
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export const alertSource: KqlSource = {
  logSource: { product: 'azure', service: 'defender_alert' },
  branches: [
    {
      table: 'SecurityAlert',
      where: 'ProductName in~ ("Azure Security Center", "Microsoft Defender for Cloud")',
      fields: {
        TimeGenerated: column('TimeGenerated'),
        AzureResourceId: column('ResourceId'),
        ...Object.fromEntries(
          Object.entries(alertFields).flatMap(([name, field]) => [
            [pascal(name), field],
            [`properties.${name}`, field],
          ]),
        ),
      },
      arrays: ['Entities', 'properties.entities'],
      output: {
        Operation: 'AlertType',
        Result: 'Status',
        AzureResourceId: 'ResourceId',
        Target: 'CompromisedEntity',
        CorrelationId: 'SystemAlertId',
      },
    },
  ],
  connector: 'AzureSecurityCenter',
  caveats: [
    'the Defender for Cloud connector already opens an incident for each of these alerts',
    "Microsoft's pages do not say that SecurityAlert keeps Defender's alert id in AlertType; it is read from there",
  ],
};

/** Continuous export fills these tables; no connector of Sentinel does. */
const exported = {
  connector: undefined,
  caveats: ['needs continuous export of Defender for Cloud to this workspace'],
} as const;

export const assessmentSource: KqlSource = {
  ...exported,
  logSource: { product: 'azure', service: 'defender_assessment' },
  branches: [
    {
      table: 'SecurityRecommendation',
      fields: {
        'properties.displayName': column('RecommendationDisplayName'),
        'properties.metadata.displayName': column('RecommendationDisplayName'),
        'properties.metadata.description': column('Description'),
        'properties.metadata.policyDefinitionId': column('PolicyDefinitionId'),
        'properties.metadata.severity': column('RecommendationSeverity'),
        'properties.resourceDetails.id': column('AssessedResourceId'),
        'properties.status.code': column('RecommendationState'),
        'properties.status.firstEvaluationDate': column('FirstEvaluationDate'),
        'properties.status.statusChangeDate': column('StatusChangeDate'),
        'assessmentEventDataEnrichment.isSnapshot': column('IsSnapshot'),
      },
      arrays: [],
      output: {
        Operation: 'RecommendationDisplayName',
        Result: 'RecommendationState',
        AzureResourceId: 'AssessedResourceId',
        Target: 'RecommendationName',
        CorrelationId: 'RecommendationId',
      },
    },
  ],
};

export const subAssessmentSource: KqlSource = {
  ...exported,
  logSource: { product: 'azure', service: 'defender_subassessment' },
  branches: [
    {
      table: 'SecurityNestedRecommendation',
      fields: {
        'Properties.DisplayName': column('RecommendationName'),
        'Properties.Description': column('Description'),
        'Properties.Category': column('Category'),
        'Properties.Id': column('VulnerabilityId'),
        'Properties.Status.Code': column('RecommendationState'),
        'Properties.Status.Severity': column('RecommendationSeverity'),
        'Properties.AdditionalData': json('AdditionalData'),
      },
      arrays: [],
      output: {
        Operation: 'RecommendationName',
        Result: 'RecommendationState',
        AzureResourceId: 'AssessedResourceId',
        Target: 'VulnerabilityId',
        CorrelationId: 'ParentRecommendationId',
      },
    },
  ],
};

export const regulatorySource: KqlSource = {
  ...exported,
  logSource: { product: 'azure', service: 'defender_regulatory' },
  branches: [
    {
      table: 'SecurityRegulatoryCompliance',
      fields: {
        'properties.state': column('State'),
        'properties.description': column('RecommendationName'),
        'properties.failedResources': column('FailedResources'),
        'properties.passedResources': column('PassedResources'),
        'properties.skippedResources': column('SkippedResources'),
        'securityEventDataEnrichment.isSnapshot': column('IsSnapshot'),
      },
      arrays: [],
      output: {
        Operation: 'ComplianceControl',
        Result: 'State',
        AzureResourceId: 'AssessedResourceId',
        Target: 'ComplianceStandard',
      },
    },
  ],
};

export const secureScoreSource: KqlSource = {
  ...exported,
  logSource: { product: 'azure', service: 'defender_secure_score' },
  branches: [
    {
      table: 'SecureScoreControls',
      fields: {
        'properties.displayName': column('ControlName'),
        'properties.score.current': column('CurrentScore'),
        'properties.score.max': column('MaxScore'),
        'properties.score.percentage': column('PercentageScore'),
        'properties.healthyResourceCount': column('HealthyResources'),
        'properties.unhealthyResourceCount': column('UnhealthyResources'),
        'properties.notApplicableResourceCount': column('NotApplicableResources'),
        'securityEventDataEnrichment.isSnapshot': column('IsSnapshot'),
      },
      arrays: [],
      output: { Operation: 'ControlName', AzureResourceId: 'AssessedResourceId', Target: 'ControlId' },
    },
  ],
};
