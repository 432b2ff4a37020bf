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

/** Reads observations of one result. Words come with every row anew, and there are few: each is kept once. */
export function observationReader(): (row: QueryRow) => Observation {
  const known = new Map<string, string>();
  const word = (value: unknown): string => {
    const fresh = text(value);
    const kept = known.get(fresh);
    if (kept === undefined) known.set(fresh, fresh);
    return kept ?? fresh;
  };
  return (row) => ({
    id: text(row['id']),
    assertion: word(row['assertion']),
    resource: word(row['resource']),
    time: Number(row['time']),
    result: word(row['result']) as Observation['result'],
    validUntil: Number(row['valid_until']),
    onExpiry: word(row['on_expiry']) as Observation['onExpiry'],
    by: word(row['by']),
    level: word(row['level']) as Observation['level'],
    evidence: { leaf: Number(row['leaf']), record: Number(row['record']) },
    detail: word(row['detail']),
  });
}
