import { kqlString, regexLiteral } from './literal.ts';

/**
 * Names that people read, as Azure writes them: `Update application – Certificates and secrets management ` has an en
 * dash, and a space at its end. The matcher takes every dash for a hyphen and leaves space around a text away.
 * Words without a space (operations, codes, ids) are compared as they are, which Kusto does faster.
 */
const dashes = '\u2010-\u2015\u2212\ufe58\ufe63\uff0d';
const oddDash = new RegExp(`[${dashes}]`, 'u');

/** Whether a dash in the text may be another one in the record. */
export const hasLooseDash = (text: string): boolean => oddDash.test(text) || text.includes(' - ');

export const hasSpace = (text: string): boolean => /\s/u.test(text);

/** RE2 for a literal text in which every dash fits every dash. */
export const looseLiteral = (text: string): string =>
  hasLooseDash(text)
    ? regexLiteral(text).replaceAll(new RegExp(`[-${dashes}]`, 'gu'), `[-${dashes}]`)
    : regexLiteral(text);

/** The text of a value without space around it. */
export const trimmed = (kql: string): string => `trim(${kqlString(String.raw`\s+`)}, ${kql})`;
