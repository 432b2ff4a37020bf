import type { JsonObject } from '../lib/json.ts';
import { captureId } from './capture.ts';
import type { EvidenceRef, StoredCapture } from './capture.ts';
import type { Level } from './severity.ts';

/** Sigma's log source, as a rule names it and as an event class answers to it. */
export interface LogSource {
  readonly product?: string | undefined;
  readonly service?: string | undefined;
  readonly category?: string | undefined;
}

/** A kind of event, for example `entra_signin`. Each normaliser states the classes it makes. */
export interface EventClass {
  readonly id: string;
  readonly title: string;
  /** What a Sigma rule may call it. */
  readonly logSources: readonly LogSource[];
}

export type ActorType =
  'user' | 'service_principal' | 'managed_identity' | 'key' | 'anonymous' | 'azure' | 'unknown';

export interface Actor {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly type: ActorType;
  /** As logged; Azure OpenAI masks the last octet (`81.2.69.***`). */
  readonly ip: string | undefined;
}

export type Outcome = 'success' | 'failure' | 'unknown';

/** What a normaliser reads out of one record. Anything the record does not say is undefined. */
export interface EventFields {
  /** Id of its event class. */
  readonly class: string;
  /** When it happened, epoch ms. */
  readonly time: number;
  readonly category: string | undefined;
  readonly tenantId: string | undefined;
  readonly subscriptionId: string | undefined;
  /** ARM or Entra resource path, lower-cased, because Azure spells one resource in several cases. */
  readonly resourceId: string | undefined;
  readonly operation: string | undefined;
  readonly outcome: Outcome;
  readonly actor: Actor;
  /** What was acted on when that is not the resource itself: a user, a policy, a blob, an assessed resource. */
  readonly target: string | undefined;
  readonly severity: Level;
  readonly correlationId: string | undefined;
  /** Required fields the record lacks, for example `operationName`. */
  readonly missing: readonly string[];
  /** Fields whose form had to be mended, for example `time:us-date`, `properties:json-string`. */
  readonly coerced: readonly string[];
}

/** One normalised record, pointing back at the capture it came from. */
export interface Event extends EventFields {
  /** `<capture id>-<record index>`. */
  readonly id: string;
  readonly source: string;
  readonly evidence: EvidenceRef;
  /** The record itself, secrets cut out and JSON-in-strings parsed: what detections read. */
  readonly record: JsonObject;
}

/** The events of the sealed message at `leaf`, out of what a normaliser read in its records. */
export function eventsOf(
  message: Pick<StoredCapture, 'stream' | 'sequence' | 'source'>,
  leaf: number,
  read: readonly { readonly index: number; readonly fields: EventFields; readonly record: JsonObject }[],
): Event[] {
  const id = captureId(message);
  return read.map(({ index, fields, record }) =>
    Object.assign(
      { id: `${id}-${index}`, source: message.source, evidence: { leaf, record: index }, record },
      fields,
    ),
  );
}

/** A message, or one record of it, that could not be read. Kept with its bytes; replayable. */
export interface DeadLetter {
  readonly source: string;
  readonly stream: string;
  readonly sequence: number;
  readonly evidence: EvidenceRef;
  readonly receivedAt: number;
  /** A short code, for example `json_invalid`. */
  readonly reason: string;
  /** What was wrong, in words, never with the value of a secret. */
  readonly detail: string;
  readonly bytes: Uint8Array;
}
