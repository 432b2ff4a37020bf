import { REPETITION } from '../look-up/footer.ts';
import type { SchemaElement } from '../look-up/footer.ts';

/** A column of values in the tree of a file's columns. */
export interface Leaf {
  /** Names from the top down. */
  readonly path: readonly string[];
  /** The definition level of a value that is there. */
  readonly levels: number;
  /** How many lists or maps it is in. */
  readonly repeats: number;
}

/**
 * The columns of values of a file, in their order.
 *
 * @throws Error when its tree does not hold together.
 */
export function leavesOf(elements: readonly SchemaElement[]): readonly Leaf[] {
  const leaves: Leaf[] = [];
  let next = 1;
  const below = (count: number, above: Leaf): void => {
    for (let left = count; left > 0; left--) {
      const element = elements[next++];
      if (element === undefined) throw new Error('the tree of columns is cut short');
      const { name, repetition, children } = element;
      const here = {
        path: [...above.path, name],
        levels: above.levels + (repetition === REPETITION.required ? 0 : 1),
        repeats: above.repeats + (repetition === REPETITION.repeated ? 1 : 0),
      };
      if (children > 0) below(children, here);
      else leaves.push(here);
    }
  };
  below(elements[0]?.children ?? 0, { path: [], levels: 0, repeats: 0 });
  return leaves;
}
