import type { EventClass, EventFields } from '../domain/event.ts';
import type { JsonObject } from '../lib/json.ts';

/** What a normaliser is given besides the record. */
export interface NormaliseContext {
  /** When the message was received, epoch ms: the last resort when a record has no readable time. */
  readonly receivedAt: number;
}

/** The record as detections will read it (JSON in strings parsed), and the fields read out of it. */
export interface Normalised {
  readonly fields: EventFields;
  readonly record: JsonObject;
}

/** A kind of normaliser: one file, one line in the registry. */
export interface Normaliser {
  readonly type: string;
  /** One sentence for `plumbline components` and the docs. */
  readonly summary: string;
  /** The classes of event it makes. */
  readonly classes: readonly EventClass[];
  /** True when the record is one of its own. The first normaliser in the registry that says so gets it. */
  accepts(record: JsonObject): boolean;
  /** Reads tolerantly, never throws on a strange shape: what is missing or mended is said in the fields. */
  normalise(record: JsonObject, context: NormaliseContext): Normalised;
}
