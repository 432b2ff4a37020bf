import type { ValueTest } from '../ast.ts';
import { test } from '../kql/bool.ts';
import { strictness } from '../kql/loose-text.ts';
import { textOf } from '../kql/operand.ts';
import { notNull } from '../kql/present.ts';
import { passingTexts } from './meaning.ts';
import type { TestMeaning } from './meaning.ts';

/** `true` fits `true`, `"True"` and `" true "`. */
export const booleanMeaning = ({ value: wanted }: ValueTest & { readonly kind: 'boolean' }): TestMeaning => ({
  matcher: () => passingTexts((text) => text.trim().toLowerCase() === String(wanted)),
  kql: (value, { caveat }) => {
    if (value.type === 'bool') return notNull(`${value.kql} == ${wanted}`);
    strictness('', { isTrimmed: false }).forEach(caveat);
    return test(`${textOf(value)} =~ "${wanted}"`);
  },
  says: () => `equals ${wanted}`,
});
