import type { JsonValue } from '../lib/json.ts';

/** A value of a planned resource, as far as the plan knows it. */
export type Value =
  | { readonly kind: 'known'; readonly value: JsonValue; readonly isSensitive: boolean }
  /** Known after apply; `refers` are the resources that its expression names. */
  | { readonly kind: 'unknown'; readonly refers: readonly string[] }
  | { readonly kind: 'absent' };

/** A value for people: quoted as JSON, unless the plan marks it as sensitive. */
export const spoken = (value: Value & { readonly kind: 'known' }): string =>
  value.isSensitive ? '(sensitive)' : JSON.stringify(value.value);

/** A text as it is, anything else as JSON. */
export const textOf = (value: JsonValue): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
