import { shortId } from '../lib/hash.ts';
import type { Actor, EventFields } from './event.ts';
import type { EvidenceRef } from './capture.ts';
import type { Level } from './severity.ts';

/** One field that made a detection match. */
export interface MatchedField {
  /** The field as the rule spells it. */
  readonly field: string;
  /** The value found, cut to 200 characters. */
  readonly value: string;
  /** The rule's own test, for example `contains /diagnosticSettings/delete`. */
  readonly test: string;
}

/** A recorded match of a detection, with a deterministic id. */
export interface Finding {
  readonly id: string;
  readonly detectionId: string;
  readonly detectionName: string;
  /** SHA-256 of the rule file that matched: which version of the rule this was. */
  readonly detectionVersion: string;
  readonly title: string;
  readonly level: Level;
  readonly assertion: string;
  /** When the event happened, epoch ms. */
  readonly time: number;
  readonly eventId: string;
  readonly eventClass: string;
  readonly evidence: EvidenceRef;
  readonly source: string;
  readonly tenantId: string | undefined;
  readonly subscriptionId: string | undefined;
  readonly resourceId: string | undefined;
  readonly operation: EventFields['operation'];
  readonly actor: Actor;
  readonly target: string | undefined;
  readonly correlationId: string | undefined;
  readonly matched: readonly MatchedField[];
  /** ATT&CK and ATLAS technique ids. */
  readonly techniques: readonly string[];
}

export const findingId = (detectionId: string, eventId: string): string =>
  `fnd-${shortId(20, detectionId, eventId)}`;
