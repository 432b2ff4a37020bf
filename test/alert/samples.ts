import type { Incident } from '../../src/domain/incident.ts';
import { T0, resourceOf } from '../support/samples.ts';

export const anIncident = (over: Partial<Incident> = {}): Incident => ({
  key: 'inc-0123456789abcdef0123',
  title: 'AI account aoai-clinical: Azure diagnostic settings deleted',
  level: 'high',
  assertion: 'logging.diagnostic-settings.kept',
  resourceId: resourceOf('aoai-clinical'),
  state: 'open',
  firstSeen: T0,
  lastSeen: T0 + 60_000,
  count: 2,
  findingIds: ['fnd-00000000000000000001', 'fnd-00000000000000000002'],
  controls: ['iso27001:A.8.15', 'soc2:CC7.2'],
  runbook: '1. Put the diagnostic setting back.\n2. Ask who removed it.',
  ...over,
});
