import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { textOf } from '../../sigma/fields.ts';

/** The compact JSON of objects and arrays of one record after another, each written once however many fields ask. */
export interface JsonTexts {
  /** Forgets the record before. */
  start(): void;
  textOf(value: JsonObject | readonly JsonValue[]): string | undefined;
}

export function createJsonTexts(): JsonTexts {
  const written = new Map<object, string | undefined>();
  return {
    start() {
      if (written.size > 0) written.clear();
    },
    textOf(value) {
      if (written.has(value)) return written.get(value);
      const text = textOf(value);
      written.set(value, text);
      return text;
    },
  };
}
