import type { Comparison, TimePart } from './ast.ts';
import { parseNetwork } from './cidr.ts';
import { asText, misfit, plainText } from './draft.ts';
import type { Draft, Misfit } from './draft.ts';
import {
  base64,
  base64Offsets,
  mostWindashFlags,
  utf16,
  utf16be,
  utf16le,
  windashVariants,
} from './encodings.ts';
import { affixed, literalPattern } from './pattern.ts';
import type { Affix } from './pattern.ts';
import { regexMatcher } from './regex.ts';

/** What one modifier does with one value; `written` is the value's own text, for numbers given to text modifiers. */
type Apply = (draft: Draft, written: string) => readonly Draft[] | Misfit;

export type Modifier =
  | { readonly kind: 'value'; readonly apply: Apply; readonly says: string }
  /** Changes how the whole list is read (`all`, `neq`), or was done before all others (`expand`). */
  | { readonly kind: 'list'; readonly says: string };

const value = (says: string, apply: Apply): Modifier => ({ kind: 'value', apply, says });

const affix = (name: Affix, says: string): Modifier =>
  value(says, (draft, written) => {
    if (draft.kind === 'fieldref') return [{ ...draft, comparison: name }];
    const text = asText(draft, written);
    return text === undefined
      ? misfit(`\`${name}\` wants a text`, 'give it one, or drop the modifier')
      : [{ ...text, pattern: affixed(text.pattern, name) }];
  });

const encoder = (
  name: string,
  says: string,
  encode: (bytes: Uint8Array) => readonly string[] | Misfit,
): Modifier =>
  value(says, (draft, written) => {
    const text = draft.kind === 'bytes' ? draft.bytes : plainText(name, draft, written);
    if (typeof text !== 'string' && 'what' in text) return text;
    const texts = encode(typeof text === 'string' ? Buffer.from(text) : text);
    if ('what' in texts) return texts;
    return texts.map((each) => ({ kind: 'text', pattern: literalPattern(each), isCased: isCased(draft) }));
  });

const wide = (name: string, says: string, encode: (text: string) => Uint8Array): Modifier =>
  value(says, (draft, written) => {
    const text = plainText(name, draft, written);
    return typeof text === 'string'
      ? [{ kind: 'bytes', bytes: encode(text), isCased: isCased(draft) }]
      : text;
  });

/** `cased` before an encoding counts for what is encoded. */
const isCased = (draft: Draft): boolean => (draft.kind === 'text' || draft.kind === 'bytes') && draft.isCased;

const comparison = (name: Exclude<Comparison, 'eq'>, says: string): Modifier =>
  value(says, (draft) =>
    draft.kind === 'number' && draft.comparison === 'eq'
      ? [{ ...draft, comparison: name }]
      : misfit(`\`${name}\` wants a number`, 'write it without quotes'),
  );

const timePart = (part: TimePart, least: number, most: number): Modifier =>
  value(`compares the ${part} of a date (${least} to ${most})`, (draft) => {
    if (draft.kind !== 'number' || draft.part !== undefined)
      return misfit(`\`${part}\` wants a number`, 'write it without quotes');
    const fits = Number.isInteger(draft.value) && draft.value >= least && draft.value <= most;
    return fits ? [{ ...draft, part }] : misfit(`no ${part} is ${draft.value}`, `write ${least} to ${most}`);
  });

const regexFlag = (name: string, says: string, flag: 'ignoreCase' | 'multiline' | 'dotAll'): Modifier =>
  value(says, (draft) =>
    draft.kind === 'regex'
      ? [{ ...draft, [flag]: true }]
      : misfit(`\`${name}\` belongs to \`re\``, 'put it after `re`'),
  );

const first = (name: string, wants: string): Misfit =>
  misfit(`\`${name}\` wants ${wants}, untouched by other modifiers`, `put \`${name}\` first`);

const utf16leSays = 'the text as UTF-16, low byte first';

/** Every modifier of specification 2.1 (appendix "Sigma Modifiers"): one entry each. */
export const modifiers = {
  all: { kind: 'list', says: 'every value of the list has to be found' },
  neq: { kind: 'list', says: 'turns the test round' },
  expand: { kind: 'list', says: 'fills in `%list%` before any other modifier' },
  startswith: affix('startswith', 'the text starts with the value'),
  endswith: affix('endswith', 'the text ends with the value'),
  contains: affix('contains', 'the value stands anywhere in the text'),
  exists: value('true: the field is there; false: it is not', (draft) =>
    draft.kind === 'boolean'
      ? [{ kind: 'exists', expected: draft.value }]
      : first('exists', '`true` or `false`'),
  ),
  cased: value('letter case counts', (draft, written) => {
    if (draft.kind === 'fieldref') return [{ ...draft, isCased: true }];
    const text = asText(draft, written);
    return text === undefined
      ? misfit('`cased` wants a text', 'drop it: letter case means nothing here')
      : [{ ...text, isCased: true }];
  }),
  windash: value('a flag counts with any of the dashes - / – — ―', (draft, written) => {
    const text = asText(draft, written);
    if (text === undefined) return misfit('`windash` wants a text', 'give it one, or drop the modifier');
    const variants = windashVariants(text.pattern);
    return variants === undefined
      ? misfit(
          `\`windash\` on more than ${mostWindashFlags} flags`,
          'split the value and link the parts with `all`',
        )
      : variants.map((pattern) => ({ kind: 'text', pattern, isCased: text.isCased }));
  }),
  re: value('a regular expression found in the text; letter case counts', (draft, written) => {
    const isPlainNumber = draft.kind === 'number' && draft.comparison === 'eq' && draft.part === undefined;
    if (draft.kind !== 'plain' && !isPlainNumber) return first('re', 'a regular expression');
    const source = draft.kind === 'plain' ? draft.text : written;
    const test = { kind: 'regex', source, ignoreCase: false, multiline: false, dotAll: false } as const;
    const matcher = regexMatcher(test);
    return typeof matcher === 'string'
      ? misfit(
          `regular expression not supported: ${matcher}`,
          'use . ^ $ * + ? {n,m} [] | () alone, as the specification says',
        )
      : [test];
  }),
  i: regexFlag('i', 'after `re`: letter case does not count', 'ignoreCase'),
  m: regexFlag('m', 'after `re`: ^ and $ also stand at line ends', 'multiline'),
  s: regexFlag('s', 'after `re`: . is a line end too', 'dotAll'),
  base64: encoder('base64', 'the value as Base64', (bytes) => [base64(bytes)]),
  base64offset: encoder('base64offset', 'the value inside a longer Base64 text', (bytes) =>
    bytes.length < 2
      ? misfit('`base64offset` needs two bytes or more', 'write a longer value')
      : base64Offsets(bytes),
  ),
  utf16le: wide('utf16le', utf16leSays, utf16le),
  utf16be: wide('utf16be', 'the text as UTF-16, high byte first', utf16be),
  utf16: wide('utf16', 'the text as UTF-16 with a byte order mark', utf16),
  wide: wide('wide', `${utf16leSays} (another name of \`utf16le\`)`, utf16le),
  lt: comparison('lt', 'the number is less'),
  lte: comparison('lte', 'the number is less or equal'),
  gt: comparison('gt', 'the number is greater'),
  gte: comparison('gte', 'the number is greater or equal'),
  minute: timePart('minute', 0, 59),
  hour: timePart('hour', 0, 23),
  day: timePart('day', 1, 31),
  week: timePart('week', 1, 53),
  month: timePart('month', 1, 12),
  year: timePart('year', 1, 9999),
  cidr: value('the address lies in the network (IPv4 or IPv6)', (draft) => {
    if (draft.kind !== 'plain') return first('cidr', 'a network');
    const network = parseNetwork(draft.text);
    return typeof network === 'string'
      ? misfit(network, 'write it like 192.0.2.0/24 or 2001:db8::/32')
      : [{ kind: 'cidr', network: draft.text, ...network }];
  }),
  fieldref: value('the value is the name of another field', (draft) =>
    draft.kind === 'plain' && draft.text !== ''
      ? [{ kind: 'fieldref', field: draft.text, comparison: 'equals', isCased: false }]
      : first('fieldref', 'the name of a field'),
  ),
} as const satisfies Record<string, Modifier>;

export type ModifierName = keyof typeof modifiers;

export const isModifierName = (name: string): name is ModifierName => Object.hasOwn(modifiers, name);
