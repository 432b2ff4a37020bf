import { LineCounter, isNode, parseDocument } from 'yaml';
import type { Problem } from '../lib/errors.ts';

/** A file as read, named as problems shall name it. */
export interface MappingText {
  readonly file: string;
  readonly text: string;
}

export type Place = Pick<Problem, 'file' | 'line' | 'column'>;

/** Where the value at a path of a file stands; the nearest parent that is there when it is missing. */
export type Locate = (...path: readonly (string | number)[]) => Place;

/** Parses only when asked, because a file without problems is never asked. */
export function locateIn({ file, text }: MappingText): Locate {
  let parsed:
    { readonly document: ReturnType<typeof parseDocument>; readonly lines: LineCounter } | undefined;
  return (...path) => {
    if (parsed === undefined) {
      const lines = new LineCounter();
      parsed = { lines, document: parseDocument(text, { lineCounter: lines, prettyErrors: false }) };
    }
    const { document, lines } = parsed;
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (!isNode(node) || !node.range) continue;
      const { line, col } = lines.linePos(node.range[0]);
      return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
    }
    return { file, line: 1, column: 1 };
  };
}
