import { z } from 'zod';
import { statuses } from '../domain/control.ts';
import { levels } from '../domain/severity.ts';

/** Shapes of the answers, for the documentation. What is not known is left out. */

const epochMs = z.int().describe('Epoch milliseconds, UTC.');
const status = z.enum([...statuses, 'MANUAL_ONLY']);
const computedStatus = z.enum(statuses);
const level = z.enum(levels);
const text = z.string().optional();
const sealed = z
  .boolean()
  .describe('False while it is taken in and not sealed yet: nothing proves it so far.');
const evidenceRef = z
  .strictObject({ leaf: z.int(), record: z.int() })
  .describe('Leaf of the capture in the evidence log, and index of the record in it.');

export const Finding = z.strictObject({
  id: z.string(),
  detectionId: z.string(),
  detectionName: z.string(),
  detectionVersion: z.string(),
  title: z.string(),
  level,
  assertion: z.string(),
  time: epochMs,
  eventId: z.string(),
  eventClass: z.string(),
  evidence: evidenceRef,
  source: z.string(),
  tenantId: text,
  subscriptionId: text,
  resourceId: text,
  operation: text,
  actor: z.strictObject({ id: text, name: text, type: z.string(), ip: text }),
  target: text,
  correlationId: text,
  matched: z.array(z.strictObject({ field: z.string(), value: z.string(), test: z.string() })),
  techniques: z.array(z.string()),
  sealed,
});

const window = z.strictObject({ from: epochMs, to: epochMs });

export const FindingList = z.strictObject({
  window,
  limit: z.int(),
  offset: z.int(),
  hasMore: z.boolean().describe('True when a further page holds something.'),
  items: z.array(Finding),
});

const step = z.strictObject({ from: epochMs, to: epochMs, status });

const controlFields = {
  id: z.string().describe('For example soc2:CC6.1.'),
  framework: z.string(),
  ref: z.string(),
  title: z.string(),
  status,
  isMetAdjusted: z.boolean().describe('Counts EXCEPTION and AT_RISK as met; never changes the status.'),
  since: epochMs,
  reason: z.string(),
};

const ControlItem = z.strictObject({
  ...controlFields,
  assertions: z.array(z.strictObject({ id: z.string(), strength: z.string(), status: computedStatus })),
});

export const ControlList = z.strictObject({
  window,
  asKnownAt: epochMs,
  frameworks: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      version: z.string(),
      counts: z.record(status, z.int()),
    }),
  ),
  items: z.array(ControlItem),
});

const observation = z.strictObject({
  id: z.string(),
  assertion: z.string(),
  resource: z.string(),
  time: epochMs,
  result: z.enum(['pass', 'fail', 'error', 'not_applicable']),
  validUntil: epochMs,
  onExpiry: z.enum(['no_evidence', 'nothing']),
  by: z.string(),
  level,
  evidence: evidenceRef,
  detail: z.string(),
  sealed,
});

export const ControlDetail = z.strictObject({
  window,
  asKnownAt: epochMs,
  ...controlFields,
  history: z.array(step),
  assertions: z.array(
    z.strictObject({
      id: z.string(),
      strength: z.string(),
      status: computedStatus,
      title: text,
      description: text,
      owner: text,
      reason: text,
      since: epochMs.optional(),
      resourcesSeen: z.int(),
      resources: z
        .array(
          z.strictObject({
            resource: z.string(),
            status: computedStatus,
            since: epochMs,
            reason: z.string(),
            observation: observation.optional(),
          }),
        )
        .describe('Worst first; at most 200.'),
    }),
  ),
});

export const Evidence = z.strictObject({
  origin: z.string(),
  size: z.int(),
  root: z.string(),
  checkpoint: z.string().describe('The signed note as published.'),
  verifierKey: z.string(),
  seals: z.int(),
  captures: z.int(),
  events: z.int(),
  findings: z.int(),
  observations: z.int(),
  deadLetters: z.array(z.strictObject({ reason: z.string(), count: z.int() })),
  sealedAt: epochMs,
  verified: z.strictObject({ at: epochMs, ok: z.boolean(), faults: z.int() }).optional(),
  unsealed: z
    .strictObject({
      captures: z.int(),
      events: z.int(),
      findings: z.int(),
      observations: z.int(),
      deadLetters: z.int(),
    })
    .describe('Taken in and not sealed yet, on top of all of the above.')
    .optional(),
});

export const SourceList = z.strictObject({
  items: z.array(
    z.strictObject({
      source: z.string(),
      eventClass: z.string(),
      title: z.string(),
      events: z.int(),
      firstEvent: epochMs,
      lastEvent: epochMs,
      missing: z.int(),
      coerced: z.int(),
    }),
  ),
});

export const Liveness = z.strictObject({ status: z.literal('ok') });

const componentState = z.enum(['ok', 'degraded', 'down']);
export const Readiness = z.strictObject({
  status: componentState,
  components: z.array(z.strictObject({ name: z.string(), state: componentState, detail: z.string() })),
});
