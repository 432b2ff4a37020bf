/** A person as texts name them: a user principal name, an object id, a mail address, an IP address. */
export interface Subject {
  /** True when a text names the person, escaped or not. */
  isIn(text: string): boolean;
  /** The text with `pseudonym` wherever it names the person; `whole` where that cannot be done piece by piece. */
  replaceIn(text: string, pseudonym: string, whole: string): string;
}

/** Shorter texts are found everywhere. */
export const LEAST_CHARACTERS = 4;

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

/** Escapes of JSON and of URLs, undone; a text may hold one in the other. */
function unescaped(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\\[bfnrt]/g, ' ')
    .replaceAll(/\\(["\\/])/g, '$1')
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
      try {
        return decodeURIComponent(escaped);
      } catch {
        return escaped;
      }
    });
}

/** A record in a string in a record, and a URL in that. */
const LAYERS = 4;

/**
 * A name counts where it stands alone: `ada@example.com` is not in `nada@example.com`, nor `192.0.2.1` in `192.0.2.10`.
 * Upper and lower case are the same.
 *
 * @throws RangeError when a name is too short to mean one person.
 */
export function createSubject(names: readonly string[]): Subject {
  const given = [...new Set(names.map((name) => name.trim()))].filter((name) => name !== '');
  if (given.length === 0) throw new RangeError('nobody is named');
  const short = given.find((name) => name.length < LEAST_CHARACTERS);
  if (short !== undefined) throw new RangeError(`"${short}" is too short to mean one person`);
  const source = String.raw`(?<![\p{L}\p{N}_.+-])(?:${given.map(literally).join('|')})(?![\p{L}\p{N}_+@-]|\.[\p{L}\p{N}])`;
  const one = new RegExp(source.replaceAll(String.raw`\-`, '-').replaceAll(String.raw`\/`, '/'), 'iu');
  const all = new RegExp(one.source, 'giu');

  const isIn = (text: string): boolean => {
    let layer = text;
    for (let i = 0; i < LAYERS; i++) {
      if (one.test(layer)) return true;
      const next = unescaped(layer);
      if (next === layer) return false;
      layer = next;
    }
    return one.test(layer);
  };
  return {
    isIn,
    replaceIn(text, pseudonym, whole) {
      if (!isIn(text)) return text;
      const replaced = text.replaceAll(all, pseudonym);
      return isIn(replaced) ? whole : replaced;
    },
  };
}
