/** By unit of ASCII: 1 where a text that begins with it may be one that is looked for. */
export type FirstSigns = Uint8Array;

const UNITS = 128;
const SPACE = 0x20;

/**
 * What texts begin with that are equal to one of `folded` once they are folded, to one of `raw` as they are, or begin so.
 *
 * Its law: it may only weaken. Signs of ASCII fold to their lower case whatever stands beside them; space may be left out
 * of a comparison, so that texts which begin with some may be any. Of an empty text nothing is said.
 */
export function firstSignsOf(folded: Iterable<string>, raw: Iterable<string>): FirstSigns {
  const signs = new Uint8Array(UNITS).fill(1, 0, SPACE + 1);
  const mark = (text: string): void => {
    const unit = text.charCodeAt(0);
    if (unit < UNITS) signs[unit] = 1;
  };
  for (const text of folded) {
    mark(text);
    mark(text.slice(0, 1).toUpperCase());
  }
  for (const text of raw) mark(text);
  return signs;
}

/** Whether a text begins with a sign that no text begins with that is looked for; not said of what is beyond ASCII. */
export const beginsOtherwise = (signs: FirstSigns, text: string): boolean => signs[text.charCodeAt(0)] === 0;

/** What begins as one of some lists of texts do; undefined when of one nothing is known. */
export function anyOfSigns(lists: readonly (FirstSigns | undefined)[]): FirstSigns | undefined {
  const any = new Uint8Array(UNITS);
  for (const signs of lists) {
    if (signs === undefined) return undefined;
    for (const [unit, isWanted] of signs.entries()) if (isWanted === 1) any[unit] = 1;
  }
  return any;
}
