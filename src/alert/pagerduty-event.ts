import { safeSubject } from '../domain/incident.ts';
import type { Incident } from '../domain/incident.ts';
import { resourceLabel } from '../domain/resource.ts';
import type { Level } from '../domain/severity.ts';
import { iso } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';

/** PagerDuty Events API v2: the summary holds at most 1024 characters, the dedup key 255, the body 512 KB. */
const MAX_SUMMARY = 1024;
const MAX_BODY_BYTES = 512 * 1024;
const MAX_CONTROLS = 100;
const MAX_TEXT = 500;

const severities = {
  informational: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
} as const satisfies Record<Level, string>;

/** Cut to a length in UTF-16 units, never through the middle of a character. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;

/** The first line of the runbook that says something: what to do first. */
export const firstStep = (runbook: string): string =>
  runbook
    .split(/\r?\n/)
    .map((line) => line.trim())
    .find((line) => line !== '') ?? '';

/** Ids, counts and the first step: nothing that names a person, quotes a prompt or repeats a record. */
function details(incident: Incident): JsonObject {
  const { controls } = incident;
  return {
    assertion: incident.assertion,
    findings: incident.count,
    first_seen: iso(incident.firstSeen),
    last_seen: iso(incident.lastSeen),
    controls: controls.slice(0, MAX_CONTROLS).map((control) => cut(control, MAX_TEXT)),
    ...(controls.length > MAX_CONTROLS ? { controls_left_out: controls.length - MAX_CONTROLS } : {}),
    newest_findings: incident.findingIds.map((id) => cut(id, MAX_TEXT)),
    next_step: cut(firstStep(incident.runbook), MAX_TEXT),
  };
}

export interface EventSettings {
  readonly routingKey: string;
  readonly clientUrl?: string | undefined;
}

/** The text of the request: `trigger` while the incident is open, `resolve` once it is resolved. */
export function pagerDutyEvent(settings: EventSettings, incident: Incident): string {
  const key = { routing_key: settings.routingKey, dedup_key: incident.key.slice(0, 255) };
  if (incident.state === 'resolved') return JSON.stringify({ ...key, event_action: 'resolve' });
  const resource =
    incident.resourceId === undefined
      ? undefined
      : safeSubject({ assertion: incident.assertion, subject: incident.resourceId });
  const trigger = (customDetails: JsonObject): string =>
    JSON.stringify({
      ...key,
      event_action: 'trigger',
      client: 'Plumbline',
      ...(settings.clientUrl === undefined
        ? {}
        : {
            client_url: settings.clientUrl,
            links: [{ href: settings.clientUrl, text: `Incident ${incident.key} in Plumbline` }],
          }),
      payload: {
        summary: cut(incident.title.toWellFormed(), MAX_SUMMARY),
        source: cut(resource?.text ?? 'plumbline', MAX_TEXT),
        severity: severities[incident.level],
        timestamp: iso(incident.lastSeen),
        ...(resource?.kind === 'resource' ? { component: cut(resourceLabel(resource.text), MAX_TEXT) } : {}),
        group: cut(incident.assertion, MAX_TEXT),
        custom_details: customDetails,
      },
    });
  const body = trigger(details(incident));
  return Buffer.byteLength(body) <= MAX_BODY_BYTES ? body : trigger({ findings: incident.count });
}
