import type { Pattern, PatternPart } from './ast.ts';
import { relations } from './meaning/relations.ts';

const any: PatternPart = { kind: 'any' };
const one: PatternPart = { kind: 'one' };
const escapable = new Set(['*', '?', '\\']);

/** Reads `*`, `?` and their escapes. A backslash escapes a wildcard or a backslash; before all else it is itself. */
export function parsePattern(text: string): Pattern {
  const parts: PatternPart[] = [];
  let literal = '';
  const add = (part: PatternPart): void => {
    if (literal !== '') parts.push({ kind: 'literal', text: literal });
    literal = '';
    parts.push(part);
  };
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    const next = text.charAt(index + 1);
    if (char === '\\' && escapable.has(next)) {
      literal += next;
      index += 1;
    } else if (char === '*') add(any);
    else if (char === '?') add(one);
    else literal += char;
  }
  return literal === '' ? parts : [...parts, { kind: 'literal', text: literal }];
}

/** Text whose every character, wildcards too, stands for itself. */
export const literalPattern = (text: string): Pattern => (text === '' ? [] : [{ kind: 'literal', text }]);

/** The text of a pattern without wildcards, else undefined. */
export const literalOf = (pattern: Pattern): string | undefined => {
  const [first] = pattern;
  if (first === undefined) return '';
  return first.kind === 'literal' && pattern.length === 1 ? first.text : undefined;
};

export type Affix = 'startswith' | 'endswith' | 'contains';

/** Puts `*` where the modifier says, unless one stands there already. */
export function affixed(pattern: Pattern, affix: Affix): Pattern {
  const before = affix !== 'startswith' && pattern[0]?.kind !== 'any' ? [any] : [];
  const whole = [...before, ...pattern];
  return affix !== 'endswith' && whole.at(-1)?.kind !== 'any' ? [...whole, any] : whole;
}

/** What a pattern asks in the fewest words. `present` is a lone `*`, which any text fits. */
export type Shape =
  | { readonly kind: 'equals' | Affix; readonly text: string }
  | { readonly kind: 'present' }
  | { readonly kind: 'glob' };

export function shapeOf(pattern: Pattern): Shape {
  const starts = pattern[0]?.kind === 'any';
  const ends = pattern.at(-1)?.kind === 'any';
  if (starts && pattern.every((part) => part.kind === 'any')) return { kind: 'present' };
  const text = literalOf(pattern.slice(starts ? 1 : 0, ends ? -1 : undefined));
  if (text === undefined) return { kind: 'glob' };
  if (starts && ends) return { kind: 'contains', text };
  if (starts) return { kind: 'endswith', text };
  return { kind: ends ? 'startswith' : 'equals', text };
}

/** Writes a pattern the way a rule would; `parsePattern` reads the same pattern back. */
export const printPattern = (pattern: Pattern): string =>
  pattern
    .map((part) => {
      switch (part.kind) {
        case 'any':
          return '*';
        case 'one':
          return '?';
        case 'literal':
          return part.text.replaceAll(/[\\*?]/gu, String.raw`\$&`);
      }
    })
    .join('');

/**
 * Takes letter case out of a text. The final sigma is folded by hand: lower-casing chooses it by its neighbours,
 * and a part of a text must fold as it does in the whole.
 */
export const foldCase = (text: string): string => text.toLowerCase().replaceAll('ς', 'σ');

const oddSpaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;
const oddDashes = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/gu;

/**
 * The text as it is compared: without letter case, every kind of space a space, every kind of dash a hyphen, because
 * Azure writes both (`Update application – Certificates and secrets management `, with an en dash and a space at the
 * end) and people type neither. One character stays one character, so what fitted unfolded still fits.
 */
export const foldText = (text: string): string =>
  foldCase(text).replaceAll(oddSpaces, ' ').replaceAll(oddDashes, '-');

/**
 * A test that says whether a whole text fits the pattern. `?` is one code point. Unless letter case counts, texts are
 * folded, and space around the text is no difference: it fits when it does with that space or without.
 */
export function patternMatcher(pattern: Pattern, isCased: boolean): (text: string) => boolean {
  const fits = exactMatcher(pattern, isCased ? (text) => text : foldText);
  if (isCased) return fits;
  const shape = shapeOf(pattern);
  if (shape.kind === 'equals') {
    const wanted = foldText(shape.text).trim();
    return (text) => foldText(text).trim() === wanted;
  }
  return shape.kind === 'present' || shape.kind === 'contains'
    ? fits
    : (text) => fits(text) || fits(text.trim());
}

function exactMatcher(pattern: Pattern, fold: Fold): (text: string) => boolean {
  const shape = shapeOf(pattern);
  switch (shape.kind) {
    case 'present':
      return () => true;
    case 'glob': {
      const symbols = pattern.flatMap((part): readonly (string | PatternPart)[] =>
        part.kind === 'literal' ? Array.from(fold(part.text)) : [part],
      );
      return (text) => fitsGlob(symbols, Array.from(fold(text)));
    }
    case 'equals':
    case 'startswith':
    case 'endswith':
    case 'contains': {
      const wanted = fold(shape.text);
      const { holds } = relations[shape.kind];
      return (text) => holds(fold(text), wanted);
    }
  }
}

type Fold = (text: string) => string;

/** Walks both from the left; on a dead end only the last `*` gives way by one, so the cost is at most n x m. */
function fitsGlob(symbols: readonly (string | PatternPart)[], text: readonly string[]): boolean {
  let at = 0;
  let symbol = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const wanted = symbols[symbol];
    if (typeof wanted === 'object' && wanted.kind === 'any') {
      star = symbol;
      starAt = at;
      symbol += 1;
    } else if (wanted === text[at] || (typeof wanted === 'object' && wanted.kind === 'one')) {
      symbol += 1;
      at += 1;
    } else if (star >= 0) {
      symbol = star + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  return symbols.slice(symbol).every((rest) => typeof rest === 'object' && rest.kind === 'any');
}
