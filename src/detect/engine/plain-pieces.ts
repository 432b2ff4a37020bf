import type { ValueTest } from '../../sigma/ast.ts';
import { foldText, shapeOf } from '../../sigma/pattern.ts';
import { literalOfRegex } from './regex-literal.ts';

/**
 * The pieces of plain ASCII that a text has to have to pass a test, folded; none: nothing is known.
 *
 * Their law: they may only weaken. A piece has none of the signs that JSON is built with and is no part of a number; so
 * where a text of a record passes, or the JSON of a part of one, each piece stands in the message that the record was
 * read out of, in whatever letter case, and be it in JSON within a text: spelled as it is, or with some of its signs
 * escaped (`\u0061`, `\/`), or with characters beyond ASCII that fold to them (see `foldText`).
 */
export function plainPieces(test: ValueTest): readonly string[] {
  switch (test.kind) {
    case 'text':
      // Whatever is there passes, so that it need not be a text.
      if (shapeOf(test.pattern).kind === 'present') return [];
      return test.pattern.flatMap((part) => (part.kind === 'literal' ? plainIn(part.text) : []));
    case 'regex':
      return plainIn(literalOfRegex(test.source, test.ignoreCase) ?? '');
    case 'boolean':
    case 'number':
    case 'cidr':
    case 'fieldref':
    case 'null':
    case 'exists':
      return [];
  }
}

const plainIn = (text: string): readonly string[] =>
  foldText(text)
    .split(/[^ !#-+\--9;-Z^-z|~]+/u)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '' && !mayBeNumber(piece));

/** Numbers are not written in a record as they were in the message: 1e3 is 1000, and 1e999 Infinity. */
const mayBeNumber = (piece: string): boolean => /^[-+.e\d]*$/u.test(piece) || 'infinity'.includes(piece);

/** A space, a dash, and the letter of the Kelvin sign; U+0130 folds to `i` and a dot of its own (U+0307). */
const foldedTo = /[ k-]|i$/u;

/** Whether characters beyond ASCII may stand for a sign of a piece. */
export const mayBeFolded = (piece: string): boolean => foldedTo.test(piece);
