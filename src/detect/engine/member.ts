import type { JsonObject, JsonValue } from '../../lib/json.ts';

/**
 * The member of an object of a record. All that is read for every record is read here: V8 ties code to the few kinds of
 * objects that one place reads, and throws it away when a collection finds none of a kind alive; of many kinds it ties
 * none.
 */
export const memberOf = (object: JsonObject, key: string): JsonValue | undefined => object[key];
