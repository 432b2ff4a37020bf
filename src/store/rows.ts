import type { Observation } from '../domain/control.ts';
import type { Actor } from '../domain/event.ts';
import type { Finding, MatchedField } from '../domain/finding.ts';
import type { QueryRow } from './queries.ts';

/** Rows of the lake as the nouns they were made from. Times come as epoch ms: `epoch_ms(time) AS time`. */

const text = (value: unknown): string => value as string;
const maybe = (value: unknown): string | undefined => (value === null ? undefined : (value as string));

const actorOf = (row: QueryRow): Actor => ({
  id: maybe(row['actor_id']),
  name: maybe(row['actor_name']),
  type: row['actor_type'] as Actor['type'],
  ip: maybe(row['actor_ip']),
});

export const findingOf = (row: QueryRow): Finding => ({
  id: text(row['id']),
  detectionId: text(row['detection_id']),
  detectionName: text(row['detection_name']),
  detectionVersion: text(row['detection_version']),
  title: text(row['title']),
  level: row['level'] as Finding['level'],
  assertion: text(row['assertion']),
  time: Number(row['time']),
  eventId: text(row['event_id']),
  eventClass: text(row['event_class']),
  evidence: { leaf: Number(row['leaf']), record: Number(row['record']) },
  source: text(row['source']),
  tenantId: maybe(row['tenant_id']),
  subscriptionId: maybe(row['subscription_id']),
  resourceId: maybe(row['resource_id']),
  operation: maybe(row['operation']),
  actor: actorOf(row),
  target: maybe(row['target']),
  correlationId: maybe(row['correlation_id']),
  matched: JSON.parse(text(row['matched'])) as MatchedField[],
  techniques: JSON.parse(text(row['techniques'])) as string[],
});

export const observationOf = (row: QueryRow): Observation => ({
  id: text(row['id']),
  assertion: text(row['assertion']),
  resource: text(row['resource']),
  time: Number(row['time']),
  result: row['result'] as Observation['result'],
  validUntil: Number(row['valid_until']),
  onExpiry: row['on_expiry'] as Observation['onExpiry'],
  by: text(row['by']),
  level: row['level'] as Observation['level'],
  evidence: { leaf: Number(row['leaf']), record: Number(row['record']) },
  detail: text(row['detail']),
});
