import type { Harness } from '../../collect/harness.ts';
import { refused, startAzureServer } from './server.ts';
import type { AzureAnswer, AzureRequest, AzureServer } from './server.ts';

const zero = '00000000-0000-0000-0000-00000000000';
export const SUBSCRIPTION = `${zero}1`;
export const GROUP = 'mg-example';

/** What a subscription says; tests change it. */
export interface DefenderEstate {
  assessments: object[];
  alerts: object[];
  /** Items a page. */
  pageSize: number;
}

const account = (n: number): string =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-ai/providers/Microsoft.CognitiveServices/accounts/aoai-${n}`;

export const assessment = (
  n: number,
  code: 'Healthy' | 'Unhealthy' | 'NotApplicable' = 'Healthy',
): object => ({
  id: `${account(n)}/providers/Microsoft.Security/assessments/${zero}a`,
  name: `${zero}a`,
  type: 'Microsoft.Security/assessments',
  properties: {
    displayName: 'Azure AI Services resources should restrict network access',
    status: { code, statusChangeDate: '2026-02-01T08:00:00Z' },
    resourceDetails: { source: 'Azure', id: account(n) },
  },
});

export const alert = (n: number, status = 'Active'): object => ({
  id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-ai/providers/Microsoft.Security/locations/westeurope/alerts/alert-${n}`,
  name: `alert-${n}`,
  type: 'Microsoft.Security/Locations/alerts',
  properties: {
    alertType: 'AI.Azure_Jailbreak.ContentFiltering.DetectedAttempt',
    systemAlertId: `alert-${n}`,
    alertDisplayName: 'A jailbreak attempt was detected',
    severity: 'Medium',
    status,
    timeGeneratedUtc: '2026-03-01T10:00:00.1234567Z',
    startTimeUtc: '2026-03-01T09:58:00Z',
    endTimeUtc: '2026-03-01T09:59:00Z',
    resourceIdentifiers: [{ type: 'AzureResource', azureResourceId: account(n) }],
  },
});

export const createEstate = (): DefenderEstate => ({
  assessments: Array.from({ length: 30 }, (_, n) => assessment(n, n % 7 === 0 ? 'Unhealthy' : 'Healthy')),
  alerts: [alert(1), alert(2)],
  pageSize: 3,
});

const provider = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Security`;
const standards = ['Azure-CIS', 'GDPR', 'not-assigned'].map((name) => ({
  id: `${provider}/regulatoryComplianceStandards/${name}`,
  name,
  type: 'Microsoft.Security/regulatoryComplianceStandard',
  properties: {
    state: name === 'not-assigned' ? 'Unsupported' : 'Failed',
    passedControls: 1,
    failedControls: 1,
    skippedControls: 0,
    unsupportedControls: 0,
  },
}));
const controls = (standard: string) =>
  ['1.1', '1.2'].map((name) => ({
    id: `${provider}/regulatoryComplianceStandards/${standard}/regulatoryComplianceControls/${name}`,
    name,
    type: 'Microsoft.Security/regulatoryComplianceStandards/regulatoryComplianceControl',
    properties: { description: `Control ${name}`, state: name === '1.1' ? 'Passed' : 'Failed' },
  }));
const ofControl = (standard: string, control: string) => [
  {
    id: `${provider}/regulatoryComplianceStandards/${standard}/regulatoryComplianceControls/${control}/regulatoryComplianceAssessments/${zero}a`,
    name: `${zero}a`,
    type: 'Microsoft.Security/regulatoryComplianceStandards/regulatoryComplianceControls/regulatoryComplianceAssessment',
    properties: { description: 'Key access is off', state: 'Failed', passedResources: 1, failedResources: 2 },
  },
];
const plans = ['VirtualMachines', 'AI', 'KeyVaults'].map((name) => ({
  id: `${provider}/pricings/${name}`,
  name,
  type: 'Microsoft.Security/pricings',
  properties: { pricingTier: name === 'AI' ? 'Free' : 'Standard', freeTrialRemainingTime: 'PT0S' },
}));
const scores = [
  {
    id: `${provider}/secureScores/ascScore`,
    name: 'ascScore',
    type: 'Microsoft.Security/secureScores',
    properties: { displayName: 'ASC score', score: { max: 60, current: 30, percentage: 0.5 }, weight: 10 },
  },
];
const scoreControls = [
  {
    id: `${provider}/secureScores/ascScore/secureScoreControls/${zero}b`,
    name: `${zero}b`,
    type: 'Microsoft.Security/secureScores/secureScoreControls',
    properties: {
      displayName: 'Restrict network access',
      healthyResourceCount: 4,
      unhealthyResourceCount: 2,
    },
  },
];
const descendants = [
  {
    id: `/subscriptions/${SUBSCRIPTION}`,
    type: 'Microsoft.Management/managementGroups/subscriptions',
    name: SUBSCRIPTION,
  },
  {
    id: '/providers/Microsoft.Management/managementGroups/below',
    type: 'Microsoft.Management/managementGroups',
    name: 'below',
  },
];

/** The lists of Defender for Cloud, and the api-version that each is documented with. */
function listOf(path: string, estate: DefenderEstate): readonly [string, readonly object[]] | undefined {
  const at = path.toLowerCase();
  const below = at.startsWith(provider.toLowerCase()) ? path.slice(provider.length + 1) : undefined;
  if (at === `/providers/microsoft.management/managementgroups/${GROUP}/descendants`)
    return ['2020-05-01', descendants];
  switch (below) {
    case undefined:
      return undefined;
    case 'assessments':
      return ['2021-06-01', estate.assessments];
    case 'alerts':
      return ['2021-11-01', estate.alerts];
    case 'pricings':
      return ['2024-01-01', plans];
    case 'secureScores':
      return ['2020-01-01', scores];
    case 'secureScoreControls':
      return ['2020-01-01', scoreControls];
    case 'regulatoryComplianceStandards':
      return ['2019-01-01-preview', standards];
    default: {
      const [, standard = '', , control, last] = below.split('/');
      if (last !== undefined) return ['2019-01-01-preview', ofControl(standard, control ?? '')];
      return control === undefined ? ['2019-01-01-preview', controls(standard)] : undefined;
    }
  }
}

export const startDefender = (estate: DefenderEstate): Promise<AzureServer> =>
  startAzureServer(({ url, headers }: AzureRequest): AzureAnswer => {
    const found = listOf(url.pathname, estate);
    if (found === undefined) return refused(404, 'SubscriptionNotFound');
    const [version, items] = found;
    if (url.searchParams.get('api-version') !== version) return refused(400, 'InvalidApiVersionParameter');
    const skip = Number(url.searchParams.get('$skiptoken') ?? 0);
    const next = new URL(url.href);
    next.host = headers.host ?? next.host;
    next.searchParams.set('$skiptoken', String(skip + estate.pageSize));
    const isLast = skip + estate.pageSize >= items.length;
    return {
      kind: 'json',
      body: { value: items.slice(skip, skip + estate.pageSize), ...(isLast ? {} : { nextLink: next.href }) },
    };
  });

/** Defender for Cloud of one subscription, read with the machine's managed identity. */
export async function defenderHarness(): Promise<Harness> {
  const server = await startDefender(createEstate());
  Object.assign(process.env, server.identity);
  return {
    settings: {
      type: 'defender_posture',
      credential: { type: 'managed_identity' },
      subscriptions: [SUBSCRIPTION],
      managementGroups: [],
      kinds: ['assessments', 'secure_scores', 'pricings', 'regulatory', 'alerts'],
      everyMinutes: 60,
      regulatoryEveryMinutes: 1440,
      alertsEveryMinutes: 5,
      endpoint: server.endpoint,
      timeoutSeconds: 10,
    },
    // 10 pages of assessments, 2 of scores, 1 of plans, 1 + 2 + 4 of compliance, 2 alerts.
    holds: 22,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
