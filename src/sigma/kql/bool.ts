/** Where an array stands: `root` is KQL, `steps` lead from its elements to arrays inside them (`.modifiedProperties`). */
export interface ArrayPath {
  readonly root: string;
  readonly steps: readonly string[];
}

/**
 * A condition over the rows of one table.
 *
 * `test` is KQL that is never null: Kusto's `not(null)` is null, which would lose rows that a negated test should
 * keep. `each` is true when `kql`, which speaks of `Element`, is true for one element of the array.
 */
export type Bool =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'test'; readonly kql: string }
  | { readonly kind: 'each'; readonly array: ArrayPath; readonly kql: string }
  | { readonly kind: 'not'; readonly of: Bool }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Bool[] };

export const always: Bool = { kind: 'constant', value: true };
export const never: Bool = { kind: 'constant', value: false };
export const test = (kql: string): Bool => ({ kind: 'test', kql });

export const not = (of: Bool): Bool => {
  if (of.kind === 'constant') return { kind: 'constant', value: !of.value };
  return of.kind === 'not' ? of.of : { kind: 'not', of };
};

export const and = (parts: readonly Bool[]): Bool => joined('and', parts);
export const or = (parts: readonly Bool[]): Bool => joined('or', parts);

/** Flat, each part once, without constants: what is true of no row or of every row is decided here, not in Azure. */
function joined(kind: 'and' | 'or', parts: readonly Bool[]): Bool {
  const decisive = kind === 'or';
  const byText = new Map<string, Bool>();
  for (const part of parts.flatMap((inner) => (inner.kind === kind ? inner.of : [inner]))) {
    if (part.kind !== 'constant') byText.set(JSON.stringify(part), part);
    else if (part.value === decisive) return part;
  }
  const of = [...byText.values()];
  const [first] = of;
  if (first === undefined) return { kind: 'constant', value: !decisive };
  return of.length === 1 ? first : { kind, of };
}

/** The parts that must all hold. */
export const conjuncts = (bool: Bool): readonly Bool[] => (bool.kind === 'and' ? bool.of : [bool]);

export const arraysIn = (bool: Bool): readonly (Bool & { readonly kind: 'each' })[] => {
  switch (bool.kind) {
    case 'constant':
    case 'test':
      return [];
    case 'each':
      return [bool];
    case 'not':
      return arraysIn(bool.of);
    case 'and':
    case 'or':
      return bool.of.flatMap(arraysIn);
  }
};

/** KQL of a condition; `nameOf` gives the column that holds the answer for an array. */
export function printBool(
  bool: Bool,
  nameOf: (each: Bool & { readonly kind: 'each' }) => string,
  outer?: 'and' | 'or',
): string {
  switch (bool.kind) {
    case 'constant':
      return String(bool.value);
    case 'test':
      return bool.kql;
    case 'each':
      return nameOf(bool);
    case 'not':
      return `not(${printBool(bool.of, nameOf)})`;
    case 'and':
    case 'or': {
      const text = bool.of.map((part) => printBool(part, nameOf, bool.kind)).join(` ${bool.kind} `);
      return outer === undefined || outer === bool.kind ? text : `(${text})`;
    }
  }
}
