/** Of values that are told again and again and never change: a comma and the text of each, as it goes out. */
const texts = new WeakMap<object, Buffer>();

/** Of a kilobyte each, about: more than a board asks for at once. */
const MOST_KEPT = 5000;

/**
 * Makes something once of what does not change and of a word beside it that seldom does, and keeps it with its text for whoever
 * asks again. When there are too many, the first are made anew.
 */
export function keepRows<Of extends object, Row extends object>(
  make: (of: Of, word: string) => Row,
): (of: Of, word: string) => Row {
  const rows = new Map<Of, { readonly word: string; readonly row: Row }>();
  return (of, word) => {
    const known = rows.get(of);
    if (known?.word === word) return known.row;
    const row = make(of, word);
    texts.set(row, behindComma(row));
    rows.delete(of);
    rows.set(of, { word, row });
    const [oldest] = rows.keys();
    if (rows.size > MOST_KEPT && oldest !== undefined) rows.delete(oldest);
    return row;
  };
}

const textOf = (value: unknown): Buffer | undefined =>
  typeof value === 'object' && value !== null ? texts.get(value) : undefined;

const behindComma = (value: unknown): Buffer => Buffer.from(`,${JSON.stringify(value)}`);

/**
 * A list as `JSON.stringify` writes it, between two texts. It is put together out of the texts of what is in it, where those are kept:
 * boards ask for the same hundreds of rows again and again, and writing them was most of an answer.
 */
export function listJson(list: readonly unknown[], before = '', after = ''): Buffer {
  if (textOf(list[0]) === undefined) return Buffer.from(`${before}${JSON.stringify(list)}${after}`);
  const parts: Uint8Array[] = [Buffer.from(`${before}[`)];
  for (const value of list) parts.push(textOf(value) ?? behindComma(value));
  // Before the first there is nothing that a comma would part it from.
  parts[1] = parts[1]?.subarray(1) ?? Buffer.of();
  parts.push(Buffer.from(`]${after}`));
  return Buffer.concat(parts);
}

/** An object with a list of `items` behind its other members. */
export function listingJson(others: object, items: readonly unknown[]): Buffer {
  const before = JSON.stringify(others).slice(0, -1);
  return listJson(items, `${before}${before === '{' ? '' : ','}"items":`, '}');
}

export const JSON_TYPE = 'application/json; charset=utf-8';
