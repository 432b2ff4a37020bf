import type { Pattern, ValueTest } from './ast.ts';
import { literalOf, literalPattern, parsePattern } from './pattern.ts';

/** A value on its way through the modifiers of its field, in the order they are written. */
export type Draft =
  /** A string nothing was done to yet: wildcards still unread. */
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly isCased: boolean }
  | ValueTest;

/** Why a modifier does not fit. */
export interface Misfit {
  readonly what: string;
  readonly fix: string;
}

export const misfit = (what: string, fix: string): Misfit => ({ what, fix });

/** A number given to a modifier of texts counts as it is written. */
export function asText(draft: Draft, written: string): Extract<ValueTest, { kind: 'text' }> | undefined {
  switch (draft.kind) {
    case 'text':
      return draft;
    case 'plain':
      return { kind: 'text', pattern: parsePattern(draft.text), isCased: false };
    case 'bytes':
      return { kind: 'text', pattern: bytesPattern(draft.bytes), isCased: draft.isCased };
    case 'number':
      return draft.comparison === 'eq' && draft.part === undefined
        ? { kind: 'text', pattern: literalPattern(written), isCased: false }
        : undefined;
    case 'boolean':
    case 'null':
    case 'exists':
    case 'regex':
    case 'cidr':
    case 'fieldref':
      return undefined;
  }
}

/** Bytes met in a text stand for the characters of the same numbers. */
const bytesPattern = (bytes: Uint8Array): Pattern => literalPattern(Buffer.from(bytes).toString('latin1'));

/** The text of a draft that has no wildcards. */
export function plainText(name: string, draft: Draft, written: string): string | Misfit {
  const text = draft.kind === 'bytes' ? undefined : asText(draft, written);
  if (text === undefined) return misfit(`\`${name}\` wants a text`, 'give it one, or drop the modifier');
  return (
    literalOf(text.pattern) ??
    misfit(`\`${name}\` cannot encode wildcards`, `escape them, or put \`contains\` after \`${name}\``)
  );
}

/** The test a value is once its modifiers are done. */
export function finished(draft: Draft): ValueTest {
  switch (draft.kind) {
    case 'plain':
      return { kind: 'text', pattern: parsePattern(draft.text), isCased: false };
    case 'bytes':
      return { kind: 'text', pattern: bytesPattern(draft.bytes), isCased: draft.isCased };
    case 'text':
    case 'number':
    case 'boolean':
    case 'null':
    case 'exists':
    case 'regex':
    case 'cidr':
    case 'fieldref':
      return draft;
  }
}
