import { isAscii } from 'node:buffer';
import { createAffixes } from './affixes.ts';
import { createTextScan } from './message-scan.ts';
import { LONGEST_WINDOW, SHORTEST_PIECE, scanTable, windowsOf } from './scan-table.ts';

/** Finds which of many texts stand in a text, in one pass over it, whatever their number. */
export interface ManyTexts {
  /** Tells the places of the texts that stand in `text`; one may be told more than once. */
  find(text: string, tell: (place: number) => void): void;
}

/** So few texts are looked for one by one: a table is not worth its memory then. */
const FEW = 4;

/** A longer alternation is not compiled by V8 in reasonable size. */
const MOST_IN_PATTERN = 500;

/** Case and all else counts: whoever wants less folds both sides. Empty texts are in every text. */
export const createManyTexts = (texts: readonly string[]): ManyTexts =>
  texts.length <= FEW ? oneByOne(texts) : (byScan(texts) ?? inOnePass(texts));

const inOnePass = (texts: readonly string[]): ManyTexts =>
  texts.length <= MOST_IN_PATTERN && !texts.includes('') ? byPattern(texts) : automatonOf(texts);

/** To have a shorter text scanned is more work than to look through it. */
const WORTH_SCANNING = 100;

/**
 * Long texts are scanned by vectors for all that is wanted of plain ASCII: that takes less code and memory than a
 * pattern, which between two of them are forgotten by the processor. Undefined: there is too little to scan for, or too
 * much.
 */
function byScan(texts: readonly string[]): ManyTexts | undefined {
  const isScanned = (text: string): boolean => text.length >= SHORTEST_PIECE && isAscii(Buffer.from(text));
  const scanned = texts.flatMap((text, place) => (isScanned(text) ? { text, place } : []));
  if (scanned.length <= FEW) return undefined;
  const pieces = scanned.map(({ text }) => text);
  const length = Math.min(LONGEST_WINDOW, ...pieces.map((piece) => piece.length));
  const table = scanTable(windowsOf(pieces, length), length, false);
  const scan = table && createTextScan(table);
  if (scan === undefined) return undefined;
  const others = texts.flatMap((text, place) => (isScanned(text) ? [] : place));
  const rest = others.length === 0 ? undefined : createManyTexts(others.map((place) => texts[place] ?? ''));
  let whole: ManyTexts | undefined;
  return {
    find(text, tell) {
      const hits = text.length < WORTH_SCANNING ? undefined : scan(text);
      if (hits === undefined) {
        whole ??= inOnePass(texts);
        whole.find(text, tell);
        return;
      }
      for (const hit of hits) {
        const found = scanned[hit];
        if (found !== undefined && text.includes(found.text)) tell(found.place);
      }
      rest?.find(text, (other) => tell(others[other] ?? 0));
    },
  };
}

const oneByOne = (texts: readonly string[]): ManyTexts => ({
  find(text, tell) {
    for (const [place, wanted] of texts.entries()) if (text.includes(wanted)) tell(place);
  },
});

/**
 * An alternation of literals says where the next of the texts begins: V8 searches for that some ten times as fast as a
 * table is walked where none stands, the usual case. Which texts begin there says a tree, so that none is missed that
 * is part of another or begins within it.
 */
function byPattern(texts: readonly string[]): ManyTexts {
  const next = new RegExp(
    texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`)).join('|'),
    'g',
  );
  const beginning = createAffixes(texts, 'start');
  return {
    find(text, tell) {
      next.lastIndex = 0;
      for (let found = next.exec(text); found !== null; found = next.exec(text)) {
        beginning.find(text, tell, found.index);
        next.lastIndex = found.index + 1;
      }
    },
  };
}

/**
 * The automaton of Aho and Corasick over UTF-16 code units: a table with a row a state and a column for each unit
 * that any text has; column 0 stands for all others.
 */
function automatonOf(texts: readonly string[]): ManyTexts {
  const columnOf = new Uint16Array(0x10000);
  let columns = 1;
  for (const text of texts)
    for (let at = 0; at < text.length; at++)
      if (columnOf[text.charCodeAt(at)] === 0) columnOf[text.charCodeAt(at)] = columns++;

  const states = 1 + texts.reduce((sum, text) => sum + text.length, 0);
  const next = new Int32Array(states * columns);
  const ends: (readonly number[] | undefined)[] = [undefined];
  let used = 1;
  for (const [place, text] of texts.entries()) {
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const edge = state * columns + (columnOf[text.charCodeAt(at)] ?? 0);
      state = next[edge] ?? 0;
      if (state === 0) {
        state = used++;
        next[edge] = state;
      }
    }
    ends[state] = [...(ends[state] ?? []), place];
  }
  link(next, ends, columns, used);

  return {
    find(text, tell) {
      for (const place of ends[0] ?? []) tell(place);
      let state = 0;
      for (let at = 0; at < text.length; at++) {
        state = next[state * columns + (columnOf[text.charCodeAt(at)] ?? 0)] ?? 0;
        if (state === 0) continue;
        const found = ends[state];
        if (found !== undefined) for (const place of found) tell(place);
      }
    },
  };
}

/** Breadth first: where the tree has no edge, the edge of the longest suffix that is in the tree takes its place. */
function link(
  next: Int32Array,
  ends: (readonly number[] | undefined)[],
  columns: number,
  states: number,
): void {
  const suffix = new Int32Array(states);
  const queue = new Int32Array(states);
  let tail = 1;
  for (let head = 0; head < tail; head++) {
    const state = queue[head] ?? 0;
    const shorter = suffix[state] ?? 0;
    for (let column = 0; column < columns; column++) {
      const child = next[state * columns + column] ?? 0;
      const fallback = state === 0 ? 0 : (next[shorter * columns + column] ?? 0);
      if (child === 0) next[state * columns + column] = fallback;
      else {
        suffix[child] = fallback;
        const more = fallback === 0 ? undefined : ends[fallback];
        if (more !== undefined) ends[child] = [...(ends[child] ?? []), ...more];
        queue[tail++] = child;
      }
    }
  }
}
