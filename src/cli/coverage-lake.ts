import { askedFields, blindRules } from '../detect/blind-rules.ts';
import type { BlindRule, SightedRules } from '../detect/blind-rules.ts';
import { createFieldSight } from '../detect/blind-fields.ts';
import type { Config } from '../config.ts';
import { createNormalise } from '../normalise/normalise.ts';
import { eventClasses, normalisers } from '../normalise/registry.ts';
import { createSealedCaptures } from '../store/captures-since.ts';
import { openSealed } from './readers.ts';

/** What the lake has been looking at, and the rules that can find nothing in it. */
export interface LakeSight {
  /** Times of its first and its last event, epoch ms. */
  readonly first: number;
  readonly last: number;
  /** When its first message was received: since then it has been looking, epoch ms. */
  readonly receivedSince: number;
  readonly messages: number;
  readonly events: number;
  readonly blind: readonly BlindRule[];
}

/**
 * Reads everything the lake has sealed, and says which rules can find nothing in it. Undefined when it holds no event
 * yet: then nothing is known of any rule.
 *
 * @param from events before this moment, epoch ms, do not count.
 */
export async function lookIntoLake(
  config: Config,
  rules: SightedRules,
  from: number,
): Promise<LakeSight | undefined> {
  const { queries } = await openSealed(config);
  try {
    const sight = createFieldSight(askedFields(rules), eventClasses);
    const normalise = createNormalise(normalisers);
    let [first, last, receivedSince, messages, events] = [Infinity, -Infinity, Infinity, 0, 0];
    await createSealedCaptures(queries).captures(from, (stored) => {
      messages++;
      receivedSince = Math.min(receivedSince, stored.receivedAt);
      for (const { fields, record } of normalise(stored).items) {
        if (fields.time < from) continue;
        events++;
        first = Math.min(first, fields.time);
        last = Math.max(last, fields.time);
        sight.see(fields.class, fields.time, record);
      }
    });
    if (events === 0) return undefined;
    return { first, last, receivedSince, messages, events, blind: blindRules(rules, sight) };
  } finally {
    queries.close();
  }
}
