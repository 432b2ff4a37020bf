import type { Assertion, AssertionStatus, ComputedStatus, Status } from '../../src/domain/control.ts';
import { levels } from '../../src/domain/severity.ts';
import { DAY_MS, HOUR_MS } from '../../src/lib/clock.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import type { Metrics } from '../../src/lib/metrics.ts';
import { memoryEvidence, memoryPosture } from './memory-readers.ts';
import type { MemoryLake, PlannedControl, PlannedPosture } from './memory-readers.ts';
import { T0, aFinding, anObservation, resourceOf } from './samples.ts';

/** The estate's present: a week after the first event. */
export const NOW = T0 + 7 * DAY_MS;

const hex = (number: number): string => number.toString(16).padStart(20, '0');
const kept = 'logging.diagnostic-settings.kept';
const mfa = 'identity.admin-mfa.enforced';

const assertion = (id: string, title: string, owner: string): Assertion => ({
  id,
  title,
  description: `${title}, at all times.`,
  owner,
  watches: ['azure_activity'],
  freshnessMs: DAY_MS,
  holdsMs: 30 * DAY_MS,
  graceMs: 0,
  postures: [],
});

const state = (
  id: string,
  status: ComputedStatus,
  parts: readonly (readonly [resource: string, status: ComputedStatus])[],
): AssertionStatus => ({
  assertion: id,
  status,
  reason: `${id} is ${status}`,
  since: T0 + DAY_MS,
  resources: parts.map(([resource, held]) => ({
    resource,
    status: held,
    since: held === 'NO_EVIDENCE' ? Number.NEGATIVE_INFINITY : T0 + DAY_MS,
    reason: `seen as ${held}`,
    observation: held === 'NO_EVIDENCE' ? undefined : anObservation({ assertion: id, resource }),
  })),
});

const control = (
  framework: string,
  ref: string,
  on: string,
  plan: readonly (readonly [number, Status])[],
): PlannedControl => {
  const last = plan.at(-1)?.[1] ?? 'NO_EVIDENCE';
  return {
    framework,
    control: { ref, title: `Title of ${ref}` },
    assertions: last === 'MANUAL_ONLY' ? [] : [{ id: on, strength: 'full', status: last }],
    plan,
    reason: `${on} is ${last}`,
  };
};

const planned: PlannedPosture = {
  frameworks: [
    { id: 'soc2', title: 'SOC 2', version: '2017' },
    { id: 'gdpr', title: 'GDPR', version: '' },
  ],
  controls: [
    control('soc2', 'CC6.1', kept, [
      [0, 'NO_EVIDENCE'],
      [T0, 'PASS'],
      [T0 + DAY_MS, 'AT_RISK'],
      [T0 + 2 * DAY_MS, 'FAIL'],
    ]),
    control('soc2', 'CC6.6', mfa, [
      [0, 'NO_EVIDENCE'],
      [T0, 'PASS'],
      [T0 + 3 * DAY_MS, 'EXCEPTION'],
      [T0 + 5 * DAY_MS, 'PASS'],
    ]),
    control('soc2', 'CC7.2', kept, [[0, 'NO_EVIDENCE']]),
    control('soc2', 'CC1.1', kept, [[0, 'MANUAL_ONLY']]),
    control('soc2', 'CC9.2', mfa, [[0, 'ATTESTED']]),
    control('gdpr', '32(1)(b)', kept, [
      [0, 'PASS'],
      [T0 + 4 * DAY_MS, 'AT_RISK'],
    ]),
    control('gdpr', '30(1)', mfa, [[0, 'NOT_APPLICABLE']]),
  ],
  assertions: [
    assertion(kept, 'Diagnostic settings stay on', 'platform'),
    assertion(mfa, 'Administrators sign in with MFA', 'identity'),
  ],
  states: [
    state(kept, 'FAIL', [
      [resourceOf('aoai-clinical'), 'FAIL'],
      [resourceOf('aoai-research'), 'PASS'],
      ['log:azure_activity', 'NO_EVIDENCE'],
    ]),
    state(mfa, 'PASS', [['ada@example.com', 'PASS']]),
  ],
};

const findings = Array.from({ length: 40 }, (_, index) =>
  aFinding({
    id: `fnd-${hex(index)}`,
    time: T0 + index * 4 * HOUR_MS,
    level: levels[index % levels.length] ?? 'low',
    ...(index % 3 === 0
      ? { assertion: mfa, resourceId: undefined, target: 'ada@example.com' }
      : { resourceId: resourceOf(index % 2 === 0 ? 'aoai-clinical' : 'aoai-research') }),
    evidence: { leaf: index, record: 0 },
  }),
);

const lake: MemoryLake = {
  findings,
  events: Array.from({ length: 600 }, (_, index) => ({
    time: T0 + index * 15 * 60_000,
    class: index % 2 === 0 ? 'azure_activity' : 'entra_signin',
    source: index % 2 === 0 ? 'activity' : 'identity',
    missing: index % 100 === 0 ? ['operationName'] : [],
    coerced: index % 50 === 0 ? ['time:us-date'] : [],
  })),
  observations: [anObservation()],
  titles: { azure_activity: 'Activity Log', entra_signin: 'Entra sign-ins' },
  summary: {
    origin: 'example.com/plumbline',
    size: 600,
    root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
    checkpoint:
      'example.com/plumbline\n600\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/plumbline c2ln\n',
    verifierKey: 'example.com/plumbline+00000000+a2V5',
    seals: 12,
    captures: 600,
    events: 600,
    findings: 40,
    observations: 1,
    deadLetters: [
      { reason: 'json_invalid', count: 2 },
      { reason: 'record_not_object', count: 5 },
    ],
    sealedAt: NOW - 60_000,
    verified: { at: NOW - HOUR_MS, ok: true, faults: 0 },
  },
};

/** A small estate with every status, every level, two frameworks and two sources. */
export const memoryEstate = {
  lake,
  planned,
  evidence: memoryEvidence(lake),
  posture: memoryPosture(planned),
};

/** Moves every metric, so that no panel of the pipeline board has nothing to show. Call it again: counters grow. */
export function moveMetrics(metrics: Metrics): void {
  for (const stage of ['collect', 'normalise', 'detect', 'store']) {
    metrics.received.inc({ stage }, 100);
    metrics.sent.inc({ stage }, 98);
  }
  metrics.dropped.inc({ stage: 'normalise', reason: 'json_invalid' }, 2);
  metrics.errors.inc({ stage: 'collect', code: 'SOURCE_UNAVAILABLE' });
  metrics.findings.inc({ level: 'high' }, 3);
  for (const source of ['activity', 'identity']) {
    metrics.sourceRecords.inc({ source }, 100);
    metrics.sourceBytes.inc({ source }, 140_000);
    metrics.lastEventTime.set({ source }, NOW / 1000);
    metrics.messages.inc({ source, outcome: 'sealed' }, 10);
    metrics.missing.inc({ source });
    metrics.behind.set({ source }, 12);
    metrics.enqueued.set({ source }, NOW / 1000 - 3);
    metrics.sourceErrors.inc({ source, code: 'SOURCE_UNAVAILABLE' });
  }
  metrics.sealSeconds.observe(0.2);
  metrics.sealFailures.inc({ code: 'STORE_FAILED' });
  metrics.reopened.inc();
  metrics.upkeep.inc({ task: 'compact', outcome: 'done' });
  metrics.upkeepFiles.inc({ task: 'compact' });
  metrics.pendingRows.set(40);
  metrics.pendingBytes.set(56_000);
  metrics.watermark.set(NOW / 1000 - 60);
  metrics.correlationHeld.set({ what: 'waiting' }, 5);
  metrics.workers.set({ state: 'running' }, 2);
  metrics.workerRestarts.inc();
  metrics.workerLoad.set({ worker: '0' }, 0.4);
  metrics.logSize.set(600);
  metrics.alerts.inc({ notifier: 'pagerduty', outcome: 'delivered' });
}

export function movedMetrics(): Metrics {
  const metrics = createMetrics();
  moveMetrics(metrics);
  return metrics;
}
