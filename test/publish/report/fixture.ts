import { statuses } from '../../../src/domain/control.ts';
import type {
  Assertion,
  AssertionStatus,
  ComputedStatus,
  ControlStatus,
  MappingStrength,
  Posture,
  Status,
  StatusStep,
} from '../../../src/domain/control.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { findingId } from '../../../src/domain/finding.ts';
import { causeOf, incidentKey, safeSubject } from '../../../src/domain/incident.ts';
import type { Cause, Incident } from '../../../src/domain/incident.ts';
import type { ReportData } from '../../../src/domain/report.ts';
import { resourceLabel } from '../../../src/domain/resource.ts';
import type { Level } from '../../../src/domain/severity.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/lib/clock.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import { T0, aDetection, aFinding, anActor, anObservation, resourceOf } from '../../support/samples.ts';

export const TO = T0;
export const FROM = T0 - 30 * DAY_MS;
const subscription = '/subscriptions/00000000-0000-0000-0000-000000000001';

interface Story {
  readonly assertion: string;
  readonly title: string;
  readonly owner: string;
  readonly level: Level;
  readonly detection: string;
  readonly what: string;
  readonly runbook: string;
  readonly resource: string | undefined;
  readonly target?: string;
  readonly count: number;
  readonly agoMs: number;
  readonly state: Incident['state'];
  readonly field: readonly [string, string, string];
}

/** Eight causes, 30 findings. */
const stories: readonly Story[] = [
  {
    assertion: 'identity.break-glass.unused',
    title: 'Break-glass accounts stay unused',
    owner: 'identity-team@example.com',
    level: 'critical',
    detection: 'entra_break_glass_signin',
    what: 'Break-glass account signed in',
    runbook: '1. Call the two holders of the sealed envelope and ask who opened it.\n2. Revoke its sessions.',
    resource: undefined,
    target: 'breakglass-01@example.com',
    count: 2,
    agoMs: 3 * HOUR_MS + 12 * MINUTE_MS,
    state: 'open',
    field: ['properties.userPrincipalName', 'breakglass-01@example.com', 'starts with breakglass'],
  },
  {
    assertion: 'logging.diagnostic-settings.kept',
    title: 'Diagnostic settings of AI accounts stay on',
    owner: 'platform@example.com',
    level: 'high',
    detection: 'azure_diagnostic_settings_deleted',
    what: 'Azure diagnostic settings deleted',
    runbook:
      '1. Put the diagnostic setting back with the template in the platform repository, then ask who removed it.',
    resource: resourceOf('aoai-clinical'),
    count: 1,
    agoMs: 18 * HOUR_MS + 40 * MINUTE_MS,
    state: 'open',
    field: ['operationName', 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE', 'equals'],
  },
  {
    assertion: 'ai.content-safety.enforced',
    title: 'Content filters of AI accounts block',
    owner: 'ai-safety@example.com',
    level: 'high',
    detection: 'azure_openai_content_filter_weakened',
    what: 'Azure OpenAI content filter weakened',
    runbook: '1. Compare old and new thresholds in the raiPolicies write and set them back.',
    resource: resourceOf('aoai-triage'),
    count: 3,
    agoMs: 2 * DAY_MS + 5 * HOUR_MS,
    state: 'open',
    field: [
      'properties.requestbody',
      '{"properties":{"contentFilters":[{"name":"hate","blocking":false,"severityThreshold":"High","source":"Completion"}]}}',
      'contains "blocking":false',
    ],
  },
  {
    assertion: 'data.training.not-copied',
    title: 'Training data is not copied in bulk',
    owner: 'data-platform@example.com',
    level: 'high',
    detection: 'storage_training_data_bulk_copy',
    what: 'Training data read in bulk with a SAS token',
    runbook: '1. Revoke the stored access policy the token hangs on.',
    resource: `${subscription}/resourcegroups/rg-data/providers/microsoft.storage/storageaccounts/sttrain01/blobservices/default`,
    count: 12,
    agoMs: 5 * DAY_MS,
    state: 'open',
    field: [
      'properties.userAgentHeader',
      'AzCopy/10.27.1 Azure-Storage/0.15 (go1.23; linux)',
      'starts with AzCopy/',
    ],
  },
  {
    assertion: 'secrets.key-vault.purge-protected',
    title: 'Key vaults keep purge protection',
    owner: 'platform@example.com',
    level: 'high',
    detection: 'key_vault_purge_protection_disabled',
    what: 'Key vault purge protection disabled',
    runbook:
      '1. Ask the vault owner for the change record; restore from the soft-deleted vault if a key is gone.',
    resource: `${subscription}/resourcegroups/rg-ai/providers/microsoft.keyvault/vaults/kv-train-01`,
    count: 2,
    agoMs: 9 * DAY_MS,
    state: 'resolved',
    field: [
      'properties.requestbody',
      '{"properties":{"enablePurgeProtection":false}}',
      'contains "enablePurgeProtection":false',
    ],
  },
  {
    assertion: 'network.ai.private',
    title: 'AI accounts are not reachable from the internet',
    owner: 'network@example.com',
    level: 'high',
    detection: 'azure_ai_public_network_access_enabled',
    what: 'Public network access of an AI account enabled',
    runbook: '1. Set publicNetworkAccess back to Disabled.',
    resource: resourceOf('aoai-research'),
    count: 4,
    agoMs: 12 * DAY_MS,
    state: 'resolved',
    field: [
      'properties.requestbody',
      '{"properties":{"publicNetworkAccess":"Enabled"}}',
      'contains "publicNetworkAccess":"Enabled"',
    ],
  },
  {
    assertion: 'identity.admin.mfa',
    title: 'Administrators sign in with a second factor',
    owner: 'identity-team@example.com',
    level: 'medium',
    detection: 'entra_portal_signin_single_factor',
    what: 'Portal sign-in with one factor',
    runbook: '1. Require registration of a second factor for the account.',
    resource: undefined,
    target: 'grace@example.com',
    count: 5,
    agoMs: 6 * DAY_MS,
    state: 'open',
    field: ['properties.authenticationRequirement', 'singleFactorAuthentication', 'equals'],
  },
  {
    assertion: 'ai.keys.not-listed',
    title: 'Account keys are not listed by people',
    owner: '',
    level: 'medium',
    detection: 'azure_openai_keys_listed',
    what: 'Azure OpenAI keys listed',
    runbook: '',
    resource: resourceOf('aoai-clinical'),
    count: 1,
    agoMs: 20 * DAY_MS,
    state: 'resolved',
    field: ['operationName', 'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/LISTKEYS/ACTION', 'equals'],
  },
];

const findingsOf = (story: Story, index: number): Finding[] =>
  Array.from({ length: story.count }, (_, i) => {
    const eventId = `${sha256Hex(`${story.detection}${i}`).slice(0, 20)}-${i}`;
    const detectionId = `00000000-0000-4000-8000-0000000000${index + 10}`;
    return aFinding({
      id: findingId(detectionId, eventId),
      detectionId,
      detectionName: story.detection,
      detectionVersion: sha256Hex(story.detection),
      title: story.what,
      level: story.level,
      assertion: story.assertion,
      time: TO - story.agoMs + i * 3 * MINUTE_MS + 217,
      eventId,
      evidence: { leaf: 10_400 - index * 731 + i, record: i % 50 },
      source: 'ai-logs',
      resourceId: story.resource,
      target: story.target,
      actor: anActor(story.target === undefined ? {} : { name: story.target, ip: '203.0.113.7' }),
      matched: [
        { field: story.field[0], value: story.field[1], test: story.field[2] },
        { field: 'resultType', value: 'Success', test: 'equals' },
      ],
    });
  });

const titleOf = (story: Story, cause: Cause): string => {
  const subject = safeSubject(cause);
  const label = subject.kind === 'resource' ? resourceLabel(subject.text) : subject.text;
  return subject.kind === 'resource'
    ? `${label.slice(0, 1).toUpperCase()}${label.slice(1)}: ${story.what}`
    : `${story.what} (${label})`;
};

const incidentOf = (story: Story, findings: readonly Finding[], controls: readonly string[]): Incident => {
  const [first] = findings;
  if (first === undefined) throw new RangeError('a story has at least one finding');
  const times = findings.map(({ time }) => time);
  return {
    key: incidentKey(causeOf(first)),
    title: titleOf(story, causeOf(first)),
    level: story.level,
    assertion: story.assertion,
    resourceId: story.resource,
    state: story.state,
    firstSeen: Math.min(...times),
    lastSeen: Math.max(...times),
    count: findings.length,
    findingIds: findings.map(({ id }) => id).slice(-20),
    controls,
    runbook: story.runbook,
  };
};

const quiet: readonly (readonly [string, string, ComputedStatus, string])[] = [
  [
    'defender.plans.on',
    'Defender plans stay on',
    'PASS',
    'defender_regulatory arrived and nothing was found',
  ],
  [
    'access.owner.not-granted',
    'Owner is not granted directly',
    'EXCEPTION',
    'Migration of the landing zone until 2026-03-31 (approved by cto@example.com)',
  ],
  ['ai.requests.logged', 'AI requests are logged', 'NO_EVIDENCE', 'no azure_openai event arrived'],
  [
    'identity.app-credentials.reviewed',
    'Application credentials are reviewed',
    'AT_RISK',
    'A credential was added; 4 d left to mend it',
  ],
  [
    'data.regions.kept',
    'Data stays in its regions',
    'NOT_APPLICABLE',
    'the inventory shows no resource of this kind',
  ],
];

const asStatus: Record<Level, ComputedStatus> = {
  informational: 'PASS',
  low: 'AT_RISK',
  medium: 'AT_RISK',
  high: 'FAIL',
  critical: 'FAIL',
};

const statusOf = (story: Story): ComputedStatus => (story.state === 'open' ? asStatus[story.level] : 'PASS');

/** A history that ends in the status given, with a life before it. */
function historyOf(status: Status, since: number, seed: string): StatusStep[] {
  if (status === 'MANUAL_ONLY') return [{ from: FROM, to: TO, status }];
  const random = seededRandom(seed);
  const steps: StatusStep[] = [];
  // Some controls are known only from a day within the window on: a gap, drawn as one.
  let at = random.chance(0.2) ? FROM + random.int(1, 5) * DAY_MS : FROM;
  while (at < since) {
    const isGood = steps.length % 2 === 0;
    const lengthMs = isGood ? random.int(4, 14) * DAY_MS : random.int(2, 60) * HOUR_MS;
    const to = Math.min(since, at + lengthMs);
    steps.push({ from: at, to, status: isGood ? 'PASS' : random.pick(statuses) });
    at = to;
  }
  steps.push({ from: since, to: TO, status });
  return steps;
}

interface Draft {
  readonly ref: string;
  readonly title: string;
  readonly assertions: readonly string[];
  readonly attested?: boolean;
}

const soc2: readonly Draft[] = [
  { ref: 'CC1.1', title: 'Integrity and ethical values', assertions: [] },
  { ref: 'CC2.1', title: 'Information quality for control', assertions: ['ai.requests.logged'] },
  { ref: 'CC3.2', title: 'Risk identification', assertions: [], attested: true },
  { ref: 'CC5.2', title: 'Technology general controls', assertions: ['defender.plans.on'] },
  {
    ref: 'CC6.1',
    title: 'Logical access security',
    assertions: ['network.ai.private', 'ai.keys.not-listed', 'access.owner.not-granted'],
  },
  {
    ref: 'CC6.2',
    title: 'Registration and authorisation of users',
    assertions: ['identity.app-credentials.reviewed'],
  },
  { ref: 'CC6.3', title: 'Role-based access and least privilege', assertions: ['access.owner.not-granted'] },
  { ref: 'CC6.6', title: 'Boundary protection', assertions: ['network.ai.private'] },
  { ref: 'CC6.7', title: 'Restriction of data movement', assertions: ['data.training.not-copied'] },
  {
    ref: 'CC7.1',
    title: 'Detection of configuration changes',
    assertions: ['defender.plans.on', 'secrets.key-vault.purge-protected'],
  },
  {
    ref: 'CC7.2',
    title: 'Monitoring for anomalies',
    assertions: ['logging.diagnostic-settings.kept', 'identity.break-glass.unused'],
  },
  { ref: 'CC7.3', title: 'Evaluation of security events', assertions: ['ai.content-safety.enforced'] },
  { ref: 'CC8.1', title: 'Change management', assertions: ['secrets.key-vault.purge-protected'] },
  { ref: 'CC9.2', title: 'Vendor and partner risk', assertions: [] },
  {
    ref: 'C1.1',
    title: 'Confidential information identified and kept',
    assertions: ['data.training.not-copied'],
  },
  { ref: 'A1.2', title: 'Environmental protection and recovery', assertions: ['data.regions.kept'] },
];
const hipaa: readonly Draft[] = [
  {
    ref: '164.308(a)(1)(ii)(D)',
    title: 'Information system activity review',
    assertions: ['logging.diagnostic-settings.kept', 'ai.requests.logged'],
  },
  { ref: '164.308(a)(3)(i)', title: 'Workforce security', assertions: [] },
  {
    ref: '164.308(a)(4)(i)',
    title: 'Information access management',
    assertions: ['access.owner.not-granted'],
  },
  { ref: '164.308(a)(5)(ii)(C)', title: 'Log-in monitoring', assertions: ['identity.admin.mfa'] },
  { ref: '164.308(a)(6)(ii)', title: 'Response and reporting', assertions: [], attested: true },
  { ref: '164.308(a)(7)(i)', title: 'Contingency plan', assertions: ['secrets.key-vault.purge-protected'] },
  { ref: '164.310(a)(1)', title: 'Facility access controls', assertions: [] },
  { ref: '164.310(d)(1)', title: 'Device and media controls', assertions: [] },
  { ref: '164.312(a)(1)', title: 'Access control', assertions: ['network.ai.private', 'ai.keys.not-listed'] },
  {
    ref: '164.312(a)(2)(i)',
    title: 'Unique user identification',
    assertions: ['identity.break-glass.unused'],
  },
  { ref: '164.312(b)', title: 'Audit controls', assertions: ['logging.diagnostic-settings.kept'] },
  { ref: '164.312(c)(1)', title: 'Integrity', assertions: ['data.training.not-copied'] },
  { ref: '164.312(d)', title: 'Person or entity authentication', assertions: ['identity.admin.mfa'] },
  { ref: '164.312(e)(1)', title: 'Transmission security', assertions: ['network.ai.private'] },
  { ref: '164.316(b)(1)', title: 'Documentation', assertions: [] },
];

const worst = (all: readonly ComputedStatus[]): ComputedStatus =>
  statuses.find((status) => all.includes(status)) ?? 'NO_EVIDENCE';
const strengths: readonly MappingStrength[] = ['full', 'partial', 'supporting'];

function assertionStatuses(): AssertionStatus[] {
  const told = stories.map((story): AssertionStatus => {
    const status = statusOf(story);
    const since = status === 'PASS' ? TO - story.agoMs + 7 * HOUR_MS : TO - story.agoMs;
    const resource = story.resource ?? story.target ?? '';
    const reason = status === 'PASS' ? 'nothing found since' : `${story.what} on 1 resource`;
    const of = anObservation({ assertion: story.assertion, resource, time: since });
    return {
      assertion: story.assertion,
      status,
      since,
      reason,
      resources: [{ resource, status, since, reason, observation: of }],
    };
  });
  const others = quiet.map(([assertion, , status, reason], i): AssertionStatus => {
    const since = TO - (i + 1) * 2 * DAY_MS;
    const resource =
      status === 'EXCEPTION' ? `${subscription}/resourcegroups/rg-migration` : 'log:azure_openai';
    return {
      assertion,
      status,
      since,
      reason,
      resources: [{ resource, status, since, reason, observation: undefined }],
    };
  });
  return [...told, ...others];
}

function frameworkOf(
  id: string,
  title: string,
  version: string,
  drafts: readonly Draft[],
  known: readonly AssertionStatus[],
) {
  const controls = drafts.map(({ ref, title: name, assertions, attested }): ControlStatus => {
    const parts = known.filter(({ assertion }) => assertions.includes(assertion));
    const computed = worst(parts.map(({ status }) => status));
    const status: Status = assertions.length > 0 ? computed : attested === true ? 'ATTESTED' : 'MANUAL_ONLY';
    const culprit = parts.find((part) => part.status === computed);
    const since = status === 'MANUAL_ONLY' ? FROM : (culprit?.since ?? TO - 11 * DAY_MS);
    return {
      framework: id,
      control: `${id}:${ref}`,
      ref,
      title: name,
      status,
      isMetAdjusted: ['PASS', 'EXCEPTION', 'AT_RISK', 'ATTESTED'].includes(status),
      since,
      reason:
        culprit?.reason ??
        (attested === true
          ? 'stated by ciso@example.com until 2026-06-30'
          : 'no automated assertion speaks to it'),
      assertions: parts.map((part, i) => ({
        id: part.assertion,
        strength: strengths[i % strengths.length] ?? 'partial',
        status: part.status,
      })),
      history: historyOf(status, since, `${id}${ref}`),
    };
  });
  const counts = Object.fromEntries(
    [...statuses, 'MANUAL_ONLY' as const].map((status) => [
      status,
      controls.filter((of) => of.status === status).length,
    ]),
  ) as Record<Status, number>;
  return { id, title, version, counts, controls };
}

export function aPosture(): Posture {
  const assertions = assertionStatuses();
  return {
    from: FROM,
    to: TO,
    assertions,
    frameworks: [
      frameworkOf('soc2', 'SOC 2', 'TSC 2017, points of focus 2022', soc2, assertions),
      frameworkOf('hipaa', 'HIPAA Security Rule', '45 CFR 164 subpart C', hipaa, assertions),
    ],
  };
}

const assertionsOf = (): Assertion[] =>
  [
    ...stories.map(({ assertion, title, owner }) => [assertion, title, owner] as const),
    ...quiet.map(([assertion, title]) => [assertion, title, 'platform@example.com'] as const),
  ].map(([id, title, owner]) => ({
    id,
    title,
    description: title,
    owner,
    watches: ['azure_activity'],
    freshnessMs: DAY_MS,
    holdsMs: DAY_MS,
    graceMs: 0,
    postures: [],
  }));

const root = Buffer.from(sha256Hex('root'), 'hex').toString('base64');

/** A month of a fictional estate: 2 frameworks, 31 controls, 8 incidents, 30 findings, every status. */
export function aReport(over: Partial<ReportData> = {}): ReportData {
  const posture = aPosture();
  const all = stories.map((story, i) => ({ story, findings: findingsOf(story, i) }));
  const controlsOn = (assertion: string): string[] =>
    posture.frameworks
      .flatMap(({ controls }) => controls)
      .filter(({ assertions }) => assertions.some(({ id }) => id === assertion))
      .map(({ control }) => control);
  return {
    title: 'Evidence for SOC 2 and HIPAA, February 2026',
    organisation: 'Northwind Health (fictional)',
    tenantIds: ['00000000-0000-0000-0000-0000000000aa'],
    generatedAt: TO + 4 * MINUTE_MS,
    productVersion: '0.1.0',
    posture,
    findings: all.flatMap(({ findings }) => findings),
    incidents: all.map(({ story, findings }) => incidentOf(story, findings, controlsOn(story.assertion))),
    detections: stories.map(({ detection, assertion, level }) =>
      aDetection({ name: detection, assertion, level }),
    ),
    assertions: assertionsOf(),
    sources: [
      {
        source: 'activity-hub',
        eventClass: 'azure_activity',
        title: 'Azure Activity Log',
        events: 48_120,
        firstEvent: FROM + 40_000,
        lastEvent: TO - 90_000,
        missing: 12,
        coerced: 310,
      },
      {
        source: 'ai-logs',
        eventClass: 'azure_openai',
        title: 'Azure OpenAI and AI Services',
        events: 1_204_113,
        firstEvent: FROM + 1000,
        lastEvent: TO - 19 * HOUR_MS,
        missing: 0,
        coerced: 1_204_113,
      },
      {
        source: 'entra-hub',
        eventClass: 'entra_signin',
        title: 'Entra sign-ins',
        events: 90_441,
        firstEvent: FROM + 9000,
        lastEvent: TO - 30_000,
        missing: 2,
        coerced: 0,
      },
      {
        source: 'ai-logs',
        eventClass: 'storage',
        title: 'Storage reads, writes and deletes',
        events: 310_007,
        firstEvent: FROM + 5 * DAY_MS,
        lastEvent: TO - 4000,
        missing: 0,
        coerced: 88,
      },
    ],
    evidence: {
      origin: 'plumbline.example.com/northwind',
      size: 10_412,
      root,
      checkpoint: `plumbline.example.com/northwind\n10412\n${root}\n\n— plumbline.example.com/northwind ${Buffer.from(sha256Hex('sig') + sha256Hex('nature')).toString('base64')}\n`,
      verifierKey: `plumbline.example.com/northwind+1f2e3d4c+${Buffer.from(sha256Hex('key'), 'hex').toString('base64')}`,
      seals: 2881,
      captures: 10_412,
      events: 1_652_681,
      findings: 30,
      observations: 41_220,
      deadLetters: [
        { reason: 'json_invalid', count: 3 },
        { reason: 'record_too_large', count: 1 },
      ],
      sealedAt: TO - 20_000,
      verified: { at: TO - HOUR_MS, ok: true, faults: 0 },
    },
    ...over,
  };
}
