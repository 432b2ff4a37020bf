/** Text that is HTML already. Only this file and `trusted` make it, so everything else gets escaped. */
export interface Html {
  readonly html: string;
}

export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that change what a reader sees without being seen: controls, bidirectional overrides, zero widths, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Shows unseen characters as `\u{202E}`; tab and line feed stay. */
export const visible = (text: string): string =>
  text.replace(unseen, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}}`,
  );

/** Safe between tags and between double or single quotes. */
export const escapeHtml = (text: string): string =>
  visible(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** For markup written in this folder (styles, the script); never for data. */
export const trusted = (markup: string): Html => ({ html: markup });

function render(value: HtmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if ('html' in value) return value.html;
  return value.map(render).join('');
}

const dense = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The source is indented for its reader; the page need not carry that, and no template here holds preformatted text. */
function withoutIndent(strings: TemplateStringsArray): readonly string[] {
  const known = dense.get(strings);
  if (known !== undefined) return known;
  const made = strings.map((string) => string.replace(/\n\s+/g, '\n'));
  dense.set(strings, made);
  return made;
}

/** Template tag: every value is escaped unless it is `Html`; lists are joined, `undefined` is left out. */
export const html = (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => ({
  html: withoutIndent(strings).reduce((text, string, i) => `${text}${render(values[i - 1])}${string}`),
});
