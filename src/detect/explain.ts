import type { Detection } from '../domain/detection.ts';
import type { Event } from '../domain/event.ts';
import { printCondition } from '../sigma/condition.ts';
import { explain } from '../sigma/evaluate.ts';
import type { Explanation } from '../sigma/evaluate.ts';
import type { LoadedDetection } from './load.ts';

/** Why a detection matched an event, or why it did not. */
export interface DetectionExplanation extends Explanation {
  readonly detection: Pick<Detection, 'name' | 'title' | 'level' | 'version' | 'file'>;
  readonly eventId: string;
  /** The rule's condition, with the fewest parentheses. */
  readonly condition: string;
}

/** Reads the record alone: whether the event's class is one the detection is routed to is for the caller to say. */
export function explainDetection(
  { detection: { name, title, level, version, file }, rule }: Pick<LoadedDetection, 'detection' | 'rule'>,
  event: Pick<Event, 'id' | 'record'>,
): DetectionExplanation {
  return {
    detection: { name, title, level, version, file },
    eventId: event.id,
    condition: printCondition(rule.condition),
    ...explain(rule, event.record),
  };
}
