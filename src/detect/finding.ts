import type { Match } from '../domain/detection.ts';
import { findingId } from '../domain/finding.ts';
import type { Finding } from '../domain/finding.ts';
import { cut } from '../sigma/describe.ts';
import { readField, textOf } from '../sigma/fields.ts';

/** The finding a match is recorded as: the same match gives the same finding, whenever it is made. */
export function findingOf({ detection, event, why }: Match): Finding {
  return {
    id: findingId(detection.id, event.id),
    detectionId: detection.id,
    detectionName: detection.name,
    detectionVersion: detection.version,
    title: detection.title,
    level: detection.level,
    assertion: detection.assertion,
    time: event.time,
    eventId: event.id,
    eventClass: event.class,
    evidence: event.evidence,
    source: event.source,
    tenantId: event.tenantId,
    subscriptionId: event.subscriptionId,
    resourceId: resourceOf(detection, event),
    operation: event.operation,
    actor: event.actor,
    target: event.target,
    correlationId: event.correlationId,
    matched: why().map(({ field, value, test }) => ({ field, value: cut(value), test })),
    techniques: detection.techniques,
  };
}

/** The first field of the detection's own list that holds a text, lower-cased; else the event's resource. */
function resourceOf(
  { resourceFields }: Match['detection'],
  { record, resourceId }: Match['event'],
): string | undefined {
  for (const field of resourceFields) {
    const text = readField(record, field)
      .map(textOf)
      .find((found) => found !== undefined && found !== '');
    if (text !== undefined) return text.toLowerCase();
  }
  return resourceId;
}
