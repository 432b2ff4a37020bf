import type { ValueTest } from '../../sigma/ast.ts';
import { foldText, shapeOf } from '../../sigma/pattern.ts';
import { createPieceScan } from './piece-scan.ts';

/** Says whether any of some tests can be passed by any text of the records in a message, by its bytes. */
export interface MessageGate {
  /** False: none can. True: one might. */
  mayPass(message: Uint8Array): boolean;
}

/** Shorter pieces stand in every message. */
const SHORTEST = 5;

/**
 * A gate for tests that all ask for some piece of plain text; undefined when one does not.
 *
 * Its law: it may only weaken. What a test looks for has a piece without the signs that JSON is built with; where that
 * stands in a text of a record, or in the JSON of a part of one, it stands in the message too, in whatever letter case,
 * and be it JSON within a text: spelled as it is, or with some of its signs escaped, or with characters beyond ASCII
 * that fold to them (see `foldText`). The scan lets through all of these. A piece that a number may be written as is no
 * piece.
 */
export function createMessageGate(tests: readonly ValueTest[]): MessageGate | undefined {
  const pieces: string[] = [];
  for (const test of tests) {
    const piece = pieceOf(test);
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  const mayHold = createPieceScan(pieces);
  let last: Uint8Array | undefined;
  let answer = true;
  return {
    mayPass(message) {
      // A message of many records is looked through once.
      if (message === last) return answer;
      last = message;
      answer = mayHold(message);
      return answer;
    },
  };
}

/** The longest piece of plain ASCII that a text has to have to pass, folded. */
function pieceOf(test: ValueTest): string | undefined {
  if (test.kind !== 'text' || shapeOf(test.pattern).kind === 'present') return undefined;
  const longest = test.pattern
    .flatMap((part) => (part.kind === 'literal' ? foldText(part.text).split(/[^ !#-+\--9;-Z^-z|~]+/u) : []))
    .map((piece) => piece.trim())
    .reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return longest.length < SHORTEST || mayBeNumber(longest) ? undefined : longest;
}

/** Numbers are not written in a record as they were in the message: 1e3 is 1000, and 1e999 Infinity. */
const mayBeNumber = (piece: string): boolean => /^[-+.e\d]*$/u.test(piece) || 'infinity'.includes(piece);
