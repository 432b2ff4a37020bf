import type { ValueTest } from '../ast.ts';
import { not } from '../kql/bool.ts';
import { present } from '../kql/present.ts';
import type { TestMeaning } from './meaning.ts';

/** The field is there, whatever it holds, or is not. */
export const existsMeaning = ({ expected }: ValueTest & { readonly kind: 'exists' }): TestMeaning => ({
  matcher:
    () =>
    ([value]) =>
      (value !== undefined) === expected ? { value } : undefined,
  kql: (value, { caveat }) => (expected ? present(value, caveat) : not(present(value, caveat))),
  says: () => (expected ? 'is there' : 'is not there'),
});

/** The field is null or not there. */
export const nullMeaning = (): TestMeaning => ({
  matcher: () => (values) => {
    if (values.length === 0) return { value: undefined };
    return values.includes(null) ? { value: null } : undefined;
  },
  kql: (value, { caveat }) => not(present(value, caveat)),
  says: () => 'is null or not there',
});
