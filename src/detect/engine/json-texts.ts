import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { textOf } from '../../sigma/fields.ts';

/** The compact JSON of objects and arrays of one record after another, each written once however many fields ask. */
export interface JsonTexts {
  /** Forgets the record before. */
  start(): void;
  textOf(value: JsonObject | readonly JsonValue[]): string | undefined;
}

/** A record has few objects that are asked as a whole: so many are remembered. */
const REMEMBERED = 16;

export function createJsonTexts(): JsonTexts {
  const values: (JsonObject | readonly JsonValue[])[] = [];
  const texts: (string | undefined)[] = [];
  let count = 0;
  return {
    start() {
      count = 0;
    },
    textOf(value) {
      if (Array.isArray(value) && value.length === 0) return '[]';
      for (let at = 0; at < count; at++) if (values[at] === value) return texts[at];
      const text = textOf(value);
      if (count < REMEMBERED) {
        values[count] = value;
        texts[count] = text;
        count++;
      }
      return text;
    },
  };
}
