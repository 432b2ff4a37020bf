import { MINUTE_MS } from '../../lib/clock.ts';
import { assessmentNames, assessmentTypes } from './assessments.ts';
import type { Hour } from './clockwork.ts';
import { apiAlert, flatAlert } from './defender.ts';
import type { AlertFacts } from './defender.ts';
import { accounts, cluster, storage, subscription } from './estate.ts';
import { tenantId } from './tenant.ts';
import { iso7 } from './text.ts';

const standards = ['SOC-2-Type-2', 'HIPAA', 'ISO-27001-2022', 'Microsoft-cloud-security-benchmark'] as const;
const controlsOf: Readonly<Record<(typeof standards)[number], readonly string[]>> = {
  'SOC-2-Type-2': ['CC6.1', 'CC6.6', 'CC7.2'],
  HIPAA: ['164.312(a)', '164.312(b)', '164.312(e)'],
  'ISO-27001-2022': ['A.8.2', 'A.8.15', 'A.8.24'],
  'Microsoft-cloud-security-benchmark': ['IM.3', 'LT.3', 'NS.2'],
};

/** A handful of assessments stands for what each control is made of. */
const regulated = assessmentTypes.filter(({ name }) => Object.values<string>(assessmentNames).includes(name));

function regulatory(hour: Hour): void {
  for (const standard of standards) {
    for (const control of controlsOf[standard]) {
      for (const type of regulated) {
        const time = hour.start + hour.random.int(26 * MINUTE_MS, 40 * MINUTE_MS);
        const faults = hour.faults.filter(
          ({ assessment, from, to }) => assessment === type.name && time >= from && time < to,
        ).length;
        hour.emit('defender-export', time, {
          securityEventDataEnrichment: {
            action: 'Write',
            apiVersion: '2019-01-01-preview',
            isSnapshot: false,
            interval: '00:00:00',
          },
          id: `${subscription}/providers/Microsoft.Security/regulatoryComplianceStandards/${standard}/regulatoryComplianceControls/${control}/regulatoryComplianceAssessments/${type.key}`,
          name: type.key,
          type: 'Microsoft.Security/regulatoryComplianceStandards/regulatoryComplianceControls/regulatoryComplianceAssessments',
          properties: {
            description: type.name,
            state: faults === 0 ? 'Passed' : 'Failed',
            passedResources: type.resources.length - faults,
            failedResources: faults,
            skippedResources: 0,
            assessmentType: 'AssessmentResult',
          },
        });
      }
    }
  }
}

const scoreControls = [
  ['00000000-0000-0000-0000-0000000d5001', 'Enable MFA', 10],
  ['00000000-0000-0000-0000-0000000d5002', 'Restrict unauthorized network access', 4],
  ['00000000-0000-0000-0000-0000000d5003', 'Enable encryption at rest', 4],
  ['00000000-0000-0000-0000-0000000d5004', 'Enable auditing and logging', 1],
] as const;

function secureScore(hour: Hour): void {
  for (const [id, displayName, max] of scoreControls) {
    const time = hour.start + hour.random.int(41 * MINUTE_MS, 50 * MINUTE_MS);
    const unhealthy = displayName === 'Restrict unauthorized network access' ? hour.faults.length : 0;
    const percentage = Math.max(0, 1 - unhealthy * 0.1);
    hour.emit('defender-export', time, {
      securityEventDataEnrichment: { action: 'Insert', apiVersion: '2020-01-01', isSnapshot: false },
      id: `${subscription}/providers/Microsoft.Security/secureScores/ascScore/secureScoreControls/${id}`,
      name: id,
      type: 'Microsoft.Security/secureScores/secureScoreControls',
      properties: {
        displayName,
        healthyResourceCount: 9 - unhealthy,
        unhealthyResourceCount: unhealthy,
        notApplicableResourceCount: 1,
        score: { max, current: Number((max * percentage).toFixed(2)), percentage },
        definition: {
          id: `/providers/Microsoft.Security/secureScoreControlDefinitions/${id}`,
          name: id,
          type: 'Microsoft.Security/secureScoreControlDefinitions',
        },
        weight: 9,
      },
    });
  }
}

/** One finding below an assessment, in the PascalCase that only this export uses. */
function subAssessment(hour: Hour): void {
  const { random } = hour;
  const time = hour.start + random.int(10 * MINUTE_MS, 50 * MINUTE_MS);
  const enrichment = {
    $type: 'subAssessmentEventDataEnrichment',
    Action: 'Write',
    ApiVersion: '2020-01-01',
    IsSnapshot: false,
  };
  const key = '00000000-0000-0000-0000-0000000d6001';
  hour.emit('defender-export', time, {
    $type: 'subAssessmentEvent',
    SubAssessmentEventDataEnrichment: enrichment,
    SecurityEventDataEnrichment: enrichment,
    TenantId: tenantId,
    Type: 'Microsoft.Security/assessments/subAssessments',
    Id: `${cluster.id.toLowerCase()}/providers/Microsoft.Security/assessments/c0b7cfc6-3172-465a-b378-53c7ff2cc0d5/subassessments/${key}`,
    Name: key,
    Properties: {
      $type: 'response/subAssessmentProperties',
      Id: key,
      DisplayName: 'Update the base image of inference/scorer',
      Status: { $type: 'status', Code: 'Healthy', Severity: 'Low' },
      Remediation: 'Rebuild the image on the current base.',
      Category: 'N/A',
      Description: 'The base image has a newer release.',
      TimeGenerated: iso7(time, random),
      ResourceDetails: { $type: 'resourceDetails/azure', Source: 'Azure', Id: cluster.id.toLowerCase() },
      AdditionalData: {
        $type: 'additionalData/general',
        AssessedResourceType: 'GeneralVulnerability',
        Data: { OsName: 'Linux', RuleType: 'Image' },
      },
    },
  });
}

/** Alerts that a healthy tenant sees too: attempts that the guard rails stopped. */
const everydayAlerts: readonly (readonly [hour: number, facts: Omit<AlertFacts, 'time'>])[] = [
  [
    9,
    {
      type: 'AI.Azure_Jailbreak.ContentFiltering.BlockedAttempt',
      title:
        'A Jailbreak attempt on an Azure OpenAI model deployment was blocked by Azure AI Content Safety Prompt Shields',
      description: 'A prompt that tried to change the system prompt was blocked.',
      severity: 'Medium',
      intent: 'PrivilegeEscalation, DefenseEvasion',
      resourceId: accounts.claims.id,
      entity: accounts.claims.name,
    },
  ],
  [
    13,
    {
      type: 'Storage.Blob_AccessInspectionAnomaly',
      title: 'Unusual access inspection in a storage account',
      description: 'The access permissions of a container were read in an unusual way.',
      severity: 'Low',
      intent: 'Discovery',
      resourceId: storage.clinical.id,
      entity: storage.clinical.name,
    },
  ],
  [
    17,
    {
      type: 'AI.Azure_AnomalousToolInvocation',
      title: 'Suspicious invocation of tools by an AI application',
      description: 'A tool was called in a way that differs from earlier calls.',
      severity: 'Low',
      intent: 'Execution',
      resourceId: accounts.research.id,
      entity: accounts.research.name,
    },
  ],
];

/** Regulatory states, secure score, sub-assessments and the alerts of a day without incidents. */
export function posture(hour: Hour): void {
  const { random } = hour;
  if (hour.index % 6 === 0) regulatory(hour);
  if (hour.index % 6 === 1) secureScore(hour);
  if (hour.index === 3) subAssessment(hour);
  for (const [index, facts] of everydayAlerts) {
    if (index !== hour.index) continue;
    const alert: AlertFacts = { ...facts, time: hour.start + random.int(5 * MINUTE_MS, 50 * MINUTE_MS) };
    const shape = facts.type.startsWith('Storage.') ? apiAlert : flatAlert;
    hour.emit('defender-export', alert.time, shape(alert, random));
  }
}
