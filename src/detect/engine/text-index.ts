import type { CidrTest, Pattern, TextTest, ValueTest } from '../../sigma/ast.ts';
import { isWithin, parseLoggedIp } from '../../sigma/cidr.ts';
import { foldText, patternMatcher, shapeOf } from '../../sigma/pattern.ts';
import { compileTest } from '../../sigma/value-tests.ts';
import { createAffixes } from './affixes.ts';
import { firstSignsOf } from './first-signs.ts';
import type { FirstSigns } from './first-signs.ts';
import { createManyTexts } from './many-texts.ts';
import { literalOfRegex } from './regex-literal.ts';

/** Answers all tests that rules ask of one field at once. */
export interface TextIndex {
  /** Tells the places of the tests that `text` passes; one may be told more than once. */
  find(text: string, tell: Tell): void;
  /** False: no compact JSON that begins so can pass a test, so it need not be written. */
  takesJson(begins: '[' | '{'): boolean;
  /** The places of the tests that some JSON of an object or an array can pass. */
  readonly takingJson: ReadonlySet<number>;
  /** Texts are not only looked up, but looked through. */
  readonly scans: boolean;
  /** Shorter texts pass no test but those that every text passes. */
  readonly shortest: number;
  /** Texts that begin otherwise pass no test but those that every text passes; undefined: nothing is known. */
  readonly firstSigns: FirstSigns | undefined;
}

type Tell = (place: number) => void;

/** Takes the place of a test that is not to be asked: it asks a text nothing. */
export const silent: ValueTest = { kind: 'null' };

/** A text as tests see it: as it is, as texts are compared, and that without the space around it. */
interface Views {
  readonly raw: string;
  readonly folded: string;
  readonly trimmed: string;
}

type Ask = (views: Views, tell: Tell) => void;

/** `foldText`; a text of ASCII alone, of which each unit is a byte of UTF-8, has nothing to fold but its letters. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  return Buffer.byteLength(lower) === lower.length ? lower : foldText(text);
}

/**
 * Equality is looked up, what a text starts or ends with is found in a tree, what it contains in one scan; a pattern
 * with several wildcards is asked when its longest literal was found, what is left one by one. Tests of absence
 * (`null`, `exists`) ask no text.
 *
 * The law of the literal: it may only weaken. A text that fits a pattern contains each of its literals.
 */
export function createTextIndex(tests: readonly ValueTest[]): TextIndex {
  const equal = { folded: new Map<string, number[]>(), raw: new Map<string, number[]>() };
  const needles = { folded: needlesOf(), raw: needlesOf() };
  const always: number[] = [];
  const networks: (CidrTest & { readonly place: number })[] = [];
  const others: Ask[] = [];
  const taken = { '[': false, '{': false };
  const takingJson = new Set<number>();
  const takeFrom = (first: string, place: number): void => {
    if (first !== '[' && first !== '{') return;
    taken[first] = true;
    takingJson.add(place);
  };
  const takeAll = (place: number): void => {
    takeFrom('[', place);
    takeFrom('{', place);
  };
  let shortest = Number.POSITIVE_INFINITY;

  const addText = (test: TextTest, place: number): void => {
    const view = test.isCased ? 'raw' : 'folded';
    const shape = shapeOf(test.pattern);
    if (shape.kind !== 'present') shortest = Math.min(shortest, leastLength(test.pattern));
    const folded = (text: string): string => (test.isCased ? text : fold(text));
    switch (shape.kind) {
      case 'present':
        always.push(place);
        break;
      case 'equals': {
        const wanted = test.isCased ? shape.text : fold(shape.text).trim();
        add(equal[view], wanted, place);
        takeFrom(wanted.charAt(0), place);
        return;
      }
      case 'startswith':
        add(needles[view].starts, folded(shape.text), place);
        takeFrom(shape.text.charAt(0), place);
        return;
      case 'endswith':
        add(needles[view].ends, folded(shape.text), place);
        if (/[\]}]$/u.test(shape.text)) takeAll(place);
        return;
      case 'contains':
        add(needles[view].contains, folded(shape.text), place);
        break;
      case 'glob': {
        const fits = patternMatcher(test.pattern, test.isCased);
        needles[view].globs.push({ literal: folded(longestLiteral(test.pattern)), place, fits });
        break;
      }
    }
    takeAll(place);
  };

  const addOther = (test: ValueTest, place: number): void => {
    const passes = compileTest(test);
    others.push(({ raw }, tell) => {
      if (passes([raw], {}) !== undefined) tell(place);
    });
    shortest = 0;
  };

  for (const [place, test] of tests.entries()) {
    switch (test.kind) {
      case 'text':
        addText(test, place);
        break;
      case 'boolean':
        add(equal.folded, String(test.value), place);
        shortest = Math.min(shortest, 4);
        break;
      case 'cidr':
        networks.push({ ...test, place });
        takeFrom('[', place);
        shortest = 0;
        break;
      case 'regex': {
        const view = test.ignoreCase ? 'folded' : 'raw';
        const literal = literalOfRegex(test.source, test.ignoreCase);
        takeAll(place);
        if (literal === undefined) addOther(test, place);
        else {
          const passes = compileTest(test);
          needles[view].globs.push({ literal, place, fits: (text) => passes([text], {}) !== undefined });
          shortest = Math.min(shortest, literal.length);
        }
        break;
      }
      case 'number':
      case 'fieldref':
        addOther(test, place);
        break;
      case 'null':
      case 'exists':
        break;
    }
  }

  const asks: readonly Ask[] = [
    ...(equal.folded.size === 0 ? [] : [lookUp(equal.folded, 'trimmed')]),
    ...(equal.raw.size === 0 ? [] : [lookUp(equal.raw, 'raw')]),
    ...asksOf(needles.folded, ['folded', 'trimmed']),
    ...asksOf(needles.raw, ['raw']),
    ...(networks.length === 0 ? [] : [within(networks)]),
    ...others,
  ];
  const { folded: inFolded, raw: inRaw } = needles;
  const looksWithin =
    [inFolded, inRaw].some(({ ends, contains, globs }) => ends.size + contains.size + globs.length > 0) ||
    networks.length + others.length > 0 ||
    inFolded.starts.has('') ||
    inRaw.starts.has('');
  const trims = equal.folded.size + needles.folded.starts.size + needles.folded.ends.size > 0;
  return {
    takesJson: (begins) => taken[begins],
    takingJson,
    scans:
      [needles.folded, needles.raw].some(({ contains, globs }) => contains.size + globs.length > 0) ||
      others.length > 0,
    shortest,
    firstSigns: looksWithin
      ? undefined
      : firstSignsOf(
          [...equal.folded.keys(), ...inFolded.starts.keys()],
          [...equal.raw.keys(), ...inRaw.starts.keys()],
        ),
    find(text, tell) {
      for (const place of always) tell(place);
      if (text.length < shortest) return;
      const folded = fold(text);
      const views = { raw: text, folded, trimmed: trims ? folded.trim() : folded };
      for (const ask of asks) ask(views, tell);
    },
  };
}

/** What is looked for in one view of a text: the wanted texts, each with the places that want it. */
interface Needles {
  readonly starts: Map<string, number[]>;
  readonly ends: Map<string, number[]>;
  readonly contains: Map<string, number[]>;
  readonly globs: Glob[];
}

interface Glob {
  readonly literal: string;
  readonly place: number;
  readonly fits: (text: string) => boolean;
}

const needlesOf = (): Needles => ({ starts: new Map(), ends: new Map(), contains: new Map(), globs: [] });

function add<K>(places: Map<K, number[]>, key: K, place: number): void {
  const known = places.get(key);
  if (known === undefined) places.set(key, [place]);
  else known.push(place);
}

const lookUp = (places: ReadonlyMap<string, readonly number[]>, view: keyof Views): Ask => {
  const longest = Array.from(places.keys()).reduce((most, { length }) => Math.max(most, length), 0);
  return (views, tell) => {
    const text = views[view];
    // Without a hash of the text.
    if (text.length > longest) return;
    const found = places.get(text);
    if (found !== undefined) for (const place of found) tell(place);
  };
};

/** Uncased, what stands at an end of a text may stand there with or without the space around the text. */
function asksOf({ starts, ends, contains, globs }: Needles, views: readonly (keyof Views)[]): readonly Ask[] {
  const [whole = 'raw', trimmed] = views;
  const atEnd = (texts: ReadonlyMap<string, readonly number[]>, side: 'start' | 'end'): Ask => {
    const places = [...texts.values()];
    const affixes = createAffixes([...texts.keys()], side);
    return (given, tell) => {
      const tellAll = (which: number): void => {
        for (const place of places[which] ?? []) tell(place);
      };
      affixes.find(given[whole], tellAll);
      if (trimmed !== undefined && given[trimmed] !== given[whole]) affixes.find(given[trimmed], tellAll);
    };
  };
  const asks: Ask[] = [];
  if (starts.size > 0) asks.push(atEnd(starts, 'start'));
  if (ends.size > 0) asks.push(atEnd(ends, 'end'));
  if (contains.size + globs.length > 0) {
    const wanted = new Map<string, { readonly places: number[]; readonly globs: Glob[] }>();
    const entryOf = (text: string): { readonly places: number[]; readonly globs: Glob[] } => {
      const entry = wanted.get(text) ?? { places: [], globs: [] };
      wanted.set(text, entry);
      return entry;
    };
    for (const [text, places] of contains) entryOf(text).places.push(...places);
    for (const glob of globs) entryOf(glob.literal).globs.push(glob);
    const entries = [...wanted.values()];
    const texts = createManyTexts([...wanted.keys()]);
    asks.push((given, tell) => {
      texts.find(given[whole], (which) => {
        const entry = entries[which];
        if (entry === undefined) return;
        for (const place of entry.places) tell(place);
        for (const { place, fits } of entry.globs) if (fits(given.raw)) tell(place);
      });
    });
  }
  return asks;
}

/**
 * What a text that fits has at least, in UTF-16 units. Folded, `İ` alone becomes longer: a dot of its own (U+0307)
 * that a pattern asks for may not be there yet. Space around the pattern of an equality does not count.
 */
const leastLength = (pattern: Pattern): number =>
  pattern.reduce(
    (sum, part) => sum + (part.kind === 'literal' ? part.text.trim().replaceAll('\u0307', '').length : 0),
    0,
  );

const longestLiteral = (pattern: Pattern): string =>
  pattern.reduce(
    (longest, part) => (part.kind === 'literal' && part.text.length > longest.length ? part.text : longest),
    '',
  );

const within =
  (networks: readonly (CidrTest & { readonly place: number })[]): Ask =>
  ({ raw }, tell) => {
    const address = parseLoggedIp(raw.trim());
    if (address === undefined) return;
    for (const network of networks) if (isWithin(address, network)) tell(network.place);
  };
