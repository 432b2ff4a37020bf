import { footerCursor } from '../look-up/footer.ts';
import { begin, nextField, readList, readNumber, readText, skip } from '../look-up/thrift-cursor.ts';
import type { ThriftCursor } from '../look-up/thrift-cursor.ts';

/** A column of values in the tree of a file's columns. */
export interface Leaf {
  /** Names from the top down. */
  readonly path: readonly string[];
  /** The definition level of a value that is there. */
  readonly levels: number;
  /** How many lists or maps it is in. */
  readonly repeats: number;
}

interface Element {
  readonly name: string;
  readonly repetition: number;
  readonly children: number;
}

/** As parquet.thrift numbers repetition. */
const REPETITION = { required: 0, repeated: 2 } as const;

/** SchemaElement of parquet.thrift. */
function readElement(cursor: ThriftCursor): Element {
  let [name, repetition, children] = ['', REPETITION.required as number, 0];
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 3) repetition = readNumber(cursor);
    else if (cursor.id === 4) name = readText(cursor);
    else if (cursor.id === 5) children = readNumber(cursor);
    else skip(cursor);
  return { name, repetition, children };
}

/**
 * The columns of values of a file, in their order.
 *
 * @throws Error when the footer is none, or its tree does not hold together.
 */
export function readLeaves(tail: Uint8Array): readonly Leaf[] {
  const cursor = footerCursor(tail);
  let elements: readonly Element[] = [];
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 2) elements = readList(cursor, readElement);
    else skip(cursor);
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
