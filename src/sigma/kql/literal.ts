/** Kusto's own escapes; every other control character goes as `\uXXXX`. */
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const unicodeEscapes = (char: string): string =>
  Array.from({ length: char.length }, (_, index) => char.charCodeAt(index))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');

/**
 * A Kusto string literal with exactly this value. Control and formatting characters, line separators and lone
 * surrogates are escaped, so that what a reviewer sees is what runs.
 */
export const kqlString = (text: string): string =>
  `"${text.replaceAll(/[\\"\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) => escapes[char] ?? unicodeEscapes(char))}"`;

/** A Kusto number; `real()` keeps a fraction or an exponent from being read as anything else. */
export const kqlNumber = (value: number): string =>
  Number.isSafeInteger(value) ? (value < 0 ? `(${value})` : String(value)) : `real(${value})`;

const reserved = new Set([
  'and',
  'or',
  'not',
  'by',
  'on',
  'of',
  'to',
  'in',
  'with',
  'contains',
  'has',
  'where',
]);

/** `.name` where Kusto allows it, else `["any text"]`. */
export const kqlMember = (key: string): string =>
  /^[A-Za-z_]\w*$/.test(key) && !reserved.has(key.toLowerCase()) ? `.${key}` : `[${kqlString(key)}]`;

/** A text that fits itself alone in RE2 syntax. */
export const regexLiteral = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
