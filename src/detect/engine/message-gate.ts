import type { ValueTest } from '../../sigma/ast.ts';
import { createMessageScan } from './message-scan.ts';
import type { MessageScan } from './message-scan.ts';
import { createPieceScan } from './piece-scan.ts';
import { mayBeFolded, plainPieces } from './plain-pieces.ts';
import { LONGEST_WINDOW, SHORTEST_PIECE, scanTable, windowsOf } from './scan-table.ts';

/** Says which of some tests can be passed by any text of the records in a message, by its bytes. */
export interface MessageGate {
  /** The places of the tests that may be passed; undefined: any of them may. */
  passable(message: Uint8Array): readonly number[] | undefined;
}

/** Shorter pieces stand in every message. */
const SHORTEST = 5;
const none: readonly number[] = [];

/**
 * A gate for tests that all ask for some piece of plain text; undefined when one does not.
 *
 * Its law: it may only weaken. Where a test is passed, its piece stands in the message, spelled in one of the ways that
 * `plainPieces` names. The quicker scan knows signs that are spelled as themselves, and says so where others are; the
 * slower one lets through all of these.
 */
export function createMessageGate(tests: readonly ValueTest[]): MessageGate | undefined {
  const byPiece = new Map<string, number[]>();
  for (const [place, test] of tests.entries()) {
    const piece = pieceOf(test);
    if (piece === undefined) return undefined;
    byPiece.set(piece, [...(byPiece.get(piece) ?? []), place]);
  }
  const pieces = [...byPiece.keys()];
  const places = [...byPiece.values()];
  const scan = scanFor(pieces);
  const mayHold = createPieceScan(pieces);
  const ask = (message: Uint8Array): readonly number[] | undefined => {
    const hits = scan?.(message);
    if (hits === undefined) return mayHold(message) ? undefined : none;
    if (hits.length > 1) return Array.from(hits).flatMap((piece) => places[piece] ?? []);
    const hit = hits[0];
    return (hit === undefined ? undefined : places[hit]) ?? none;
  };
  let last: Uint8Array | undefined;
  let answer: readonly number[] | undefined;
  return {
    passable(message) {
      // A message of many records is looked through once.
      if (message === last) return answer;
      last = message;
      answer = ask(message);
      return answer;
    },
  };
}

/** Undefined: the pieces are too short for it, or too many. */
function scanFor(pieces: readonly string[]): MessageScan | undefined {
  const length = Math.min(LONGEST_WINDOW, ...pieces.map((piece) => piece.length));
  if (length < SHORTEST_PIECE) return undefined;
  const table = scanTable(windowsOf(pieces, length), length, pieces.some(mayBeFolded));
  return table === undefined ? undefined : createMessageScan(table);
}

/** The longest piece of plain ASCII that a text has to have to pass. */
function pieceOf(test: ValueTest): string | undefined {
  const longest = plainPieces(test).reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return longest.length < SHORTEST ? undefined : longest;
}
