import type { Actor, Event } from '../../src/domain/event.ts';
import type { Detection } from '../../src/domain/detection.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { Observation } from '../../src/domain/control.ts';

/** 2026-03-02 09:00 UTC, a Monday: the fixed moment that tests count from. */
export const T0 = Date.UTC(2026, 2, 2, 9);

export const anActor = (over: Partial<Actor> = {}): Actor => ({
  id: '00000000-0000-0000-0000-00000000a001',
  name: 'ada@example.com',
  type: 'user',
  ip: '192.0.2.10',
  ...over,
});

export const resourceOf = (account: string): string =>
  `/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg-ai/providers/microsoft.cognitiveservices/accounts/${account}`;

export const anEvent = (over: Partial<Event> = {}): Event => ({
  id: '0123456789abcdef0123-0',
  source: 'test',
  evidence: { leaf: 0, record: 0 },
  class: 'azure_activity',
  time: T0,
  category: 'Administrative',
  tenantId: '00000000-0000-0000-0000-0000000000aa',
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  resourceId: resourceOf('aoai-clinical'),
  operation: 'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/WRITE',
  outcome: 'success',
  actor: anActor(),
  target: undefined,
  severity: 'informational',
  correlationId: '00000000-0000-0000-0000-00000000c001',
  missing: [],
  coerced: [],
  record: {},
  ...over,
});

export const aDetection = (over: Partial<Detection> = {}): Detection => ({
  id: '00000000-0000-4000-8000-000000000001',
  name: 'azure_test_detection',
  title: 'A test detection',
  description: 'Fires in tests.',
  level: 'high',
  logSource: { product: 'azure', service: 'activitylogs' },
  assertion: 'logging.diagnostic-settings.kept',
  observes: 'fail',
  resourceFields: [],
  runbook: '1. Look at the event.',
  falsePositives: [],
  references: [],
  techniques: ['T1685.002'],
  tactics: ['defense-impairment'],
  file: 'azure/activity/azure_test_detection.yml',
  version: '0'.repeat(64),
  ...over,
});

export const aFinding = (over: Partial<Finding> = {}): Finding => ({
  id: 'fnd-0123456789abcdef0123',
  detectionId: '00000000-0000-4000-8000-000000000001',
  detectionName: 'azure_test_detection',
  detectionVersion: '0'.repeat(64),
  title: 'A test detection',
  level: 'high',
  assertion: 'logging.diagnostic-settings.kept',
  time: T0,
  eventId: '0123456789abcdef0123-0',
  eventClass: 'azure_activity',
  evidence: { leaf: 0, record: 0 },
  source: 'test',
  tenantId: '00000000-0000-0000-0000-0000000000aa',
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  resourceId: resourceOf('aoai-clinical'),
  operation: 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE',
  actor: anActor(),
  target: undefined,
  correlationId: '00000000-0000-0000-0000-00000000c001',
  matched: [
    { field: 'operationName', value: 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE', test: 'equals' },
  ],
  techniques: ['T1685.002'],
  ...over,
});

export const anObservation = (over: Partial<Observation> = {}): Observation => ({
  id: 'obs-0123456789abcdef0123',
  assertion: 'logging.diagnostic-settings.kept',
  resource: resourceOf('aoai-clinical'),
  time: T0,
  result: 'fail',
  validUntil: T0 + 86_400_000,
  onExpiry: 'nothing',
  by: 'detection:azure_test_detection',
  level: 'high',
  evidence: { leaf: 0, record: 0 },
  detail: 'A test detection',
  ...over,
});
