/** Where a record stands in a text: characters [from, to). */
export interface RecordSpan {
  readonly from: number;
  readonly to: number;
}

/** The end of the value that starts at `at`, in a text that is known to be JSON. */
function endOfValue(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const character = text[i];
    if (character === '"') {
      i = endOfString(text, i) - 1;
      if (depth === 0) return i + 1;
    } else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      if (depth === 0) return i;
      depth--;
      if (depth === 0) return i + 1;
    } else if (character === ',' && depth === 0) return i;
  }
  return text.length;
}

function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

const skipSpace = (text: string, at: number): number => {
  let i = at;
  while (i < text.length && ' \t\r\n'.includes(text[i] ?? '')) i++;
  return i;
};

/** The elements of the array that starts at `at`. */
function elements(text: string, at: number): RecordSpan[] {
  const spans: RecordSpan[] = [];
  for (let i = skipSpace(text, at + 1); i < text.length && text[i] !== ']'; i = skipSpace(text, i)) {
    const to = endOfValue(text, i);
    spans.push({ from: i, to: i + text.slice(i, to).trimEnd().length });
    i = skipSpace(text, to);
    if (text[i] === ',') i++;
  }
  return spans;
}

/** Where the array of records starts in an object such as `{"records":[…]}`; undefined when it has none. */
function recordsIn(text: string, at: number): number | undefined {
  for (let i = skipSpace(text, at + 1); i < text.length && text[i] === '"'; i = skipSpace(text, i)) {
    const end = endOfString(text, i);
    const key = JSON.parse(text.slice(i, end)) as string;
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (key === 'records' && text[value] === '[') return value;
    i = skipSpace(text, endOfValue(text, value));
    if (text[i] === ',') i++;
  }
  return undefined;
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * The records of a message: of an array, of `{"records":[…]}`, or one a line. Undefined when it is one record, or none
 * that can be told from the others.
 */
export function recordSpans(text: string): RecordSpan[] | undefined {
  if (isJson(text)) {
    const start = skipSpace(text, 0);
    const array = text[start] === '[' ? start : text[start] === '{' ? recordsIn(text, start) : undefined;
    return array === undefined ? undefined : elements(text, array);
  }
  const spans: RecordSpan[] = [];
  let from = 0;
  for (const line of text.split('\n')) {
    const record = line.trim();
    if (record !== '') {
      if (!isJson(record)) return undefined;
      const start = from + line.indexOf(record);
      spans.push({ from: start, to: start + record.length });
    }
    from += line.length + 1;
  }
  return spans.length > 1 ? spans : undefined;
}
