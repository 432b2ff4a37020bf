import { shortId } from '../lib/hash.ts';
import type { Finding } from './finding.ts';
import { azureHost, isResourcePath } from './resource.ts';
import type { Level } from './severity.ts';

/** What people are told about: the findings of one cause. */
export interface Incident {
  /** The dedup key: the same for the same cause, `inc-…`. */
  readonly key: string;
  readonly title: string;
  readonly level: Level;
  readonly assertion: string;
  readonly resourceId: string | undefined;
  readonly state: 'open' | 'resolved';
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
  /** Newest last, at most 20. */
  readonly findingIds: readonly string[];
  /** Control ids the cause bears on: attributes, never alerts of their own. */
  readonly controls: readonly string[];
  readonly runbook: string;
}

/** What findings are grouped by: the assertion that failed, and the one thing it failed on. */
export interface Cause {
  readonly assertion: string;
  /** Resource path, or the target or actor when the record names no resource of its own; lower-cased. */
  readonly subject: string;
}

/**
 * The cause of a finding. Entra records name the whole tenant as their resource, which would put every
 * account into one incident, so there the target decides, and the actor when there is none.
 */
export function causeOf(
  finding: Pick<Finding, 'assertion' | 'resourceId' | 'target' | 'actor' | 'tenantId'>,
): Cause {
  const { assertion, resourceId, target, actor, tenantId } = finding;
  const named = resourceId !== undefined && !/^\/tenants\//i.test(resourceId) ? resourceId : undefined;
  const subject =
    named ?? target ?? actor.id ?? actor.name ?? actor.ip ?? resourceId ?? tenantId ?? 'unknown';
  return { assertion, subject: subject.toLowerCase() };
}

/** The same for the same cause, whatever detection saw it and whenever. */
export const incidentKey = (cause: Cause): string => `inc-${shortId(20, cause.assertion, cause.subject)}`;

/**
 * What the cause may be called where personal data must not go. A resource has its name; an account or
 * any other target gets a reference that only someone with the report can look up.
 */
export function safeSubject(cause: Cause): {
  readonly kind: 'resource' | 'reference';
  readonly text: string;
} {
  if (isResourcePath(cause.subject)) return { kind: 'resource', text: cause.subject };
  const host = azureHost(cause.subject);
  if (host !== undefined) return { kind: 'resource', text: `https://${host}` };
  return { kind: 'reference', text: `ref ${incidentKey(cause).slice(4, 12)}` };
}
