import fc from 'fast-check';
import { formatProblem } from '../../../src/lib/errors.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import type { Rule } from '../../../src/sigma/ast.ts';
import { parseRule } from '../../../src/sigma/parse.ts';
import { longWanted } from './long-texts.ts';
import { longRecord, mixed, number, record, texts, wordyRecord } from './pair-records.ts';

/** Rules and records for one another: few fields, few words, so that about half of the pairs match. */
export interface Pack {
  readonly rules: readonly Rule[];
  readonly records: readonly JsonObject[];
}

/** One path as the record has it, spellings of it, names that the alias table turns into several paths. */
const fields = [
  'operationName',
  'OperationName',
  'operationname',
  'OperationNameValue',
  'properties.message',
  'category',
  'Category',
  'level',
  'nowhere.known',
  'Caller',
  'ResourceProviderValue',
  'properties.targetResources',
  'TargetResources.displayName',
  'targetResources.modifiedProperties.newValue',
  'p',
  'p.kind',
  'P.Kind',
  'p.q.kind',
  'p.q',
] as const;

const word = fc.constantFrom(
  ...texts,
  'rite',
  'x',
  'w*',
  '*e',
  '*rite*',
  'u*-*role',
  'wr?te',
  '?1',
  '*',
  '?*',
  String.raw`a\*b`,
  String.raw`a\\b`,
  '["x1"',
  '"kind":',
  'ΣΟΣ',
  'οδο',
);
const plain = mixed<JsonValue>(
  { weight: 6, arbitrary: word },
  { weight: 1, arbitrary: number },
  { weight: 1, arbitrary: fc.boolean() },
);
const oneOrMore = <T>(of: fc.Arbitrary<T>, most = 3): fc.Arbitrary<T | T[]> =>
  fc.oneof(
    { weight: 3, arbitrary: of },
    { weight: 2, arbitrary: fc.array(of, { minLength: 2, maxLength: most }) },
  );
const several = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { minLength: 2, maxLength: 3 });
const suffixed = (
  modifiers: readonly string[],
  values: fc.Arbitrary<JsonValue | JsonValue[]>,
): fc.Arbitrary<readonly [string, JsonValue]> => fc.tuple(fc.constantFrom(...modifiers), values);

const nonEmpty = fc.constantFrom(
  'rite',
  'x',
  'Write',
  'role',
  'ΣΟΣ',
  'a*b',
  '-enc',
  '/enc',
  ' ',
  '5',
  '[',
  '\u2013',
);
const regexes = fc.constantFrom(
  'rite',
  '^W',
  'e$',
  '^.*write$',
  '(?:x|W)1?',
  '[a-z]{3,}',
  String.raw`\d+\.\d`,
  String.raw`^\S+\s\S+`,
  '(a+)+$',
  'o.*e',
  '',
  '(?i)delete',
  String.raw`\bw`,
);
const networks = fc.constantFrom('192.0.2.0/24', '192.0.2.64/26', '2001:db8::/32', '0.0.0.0/0', '192.0.2.7');
const encodable = fc.constantFrom('Write', 'write', 'rite');

/** Every modifier of the language, alone and as rules put them together. */
const modified = mixed<readonly [string, JsonValue]>(
  { weight: 8, arbitrary: suffixed([''], oneOrMore(plain)) },
  { weight: 2, arbitrary: fc.constant(['', null] as const) },
  { weight: 6, arbitrary: suffixed(['|contains', '|startswith', '|endswith'], oneOrMore(nonEmpty)) },
  {
    weight: 3,
    arbitrary: suffixed(
      ['|contains|all', '|all', '|startswith|all', '|contains|all|neq', '|contains|cased|all'],
      several(nonEmpty),
    ),
  },
  {
    weight: 3,
    arbitrary: suffixed(
      ['|cased', '|contains|cased', '|endswith|cased', '|startswith|cased'],
      oneOrMore(word),
    ),
  },
  { weight: 3, arbitrary: suffixed(['|neq', '|contains|neq', '|cased|neq'], oneOrMore(word)) },
  { weight: 2, arbitrary: suffixed(['|re', '|re|i', '|re|m', '|re|s', '|re|neq'], oneOrMore(regexes)) },
  { weight: 2, arbitrary: suffixed(['|exists'], fc.boolean()) },
  { weight: 2, arbitrary: suffixed(['|lt', '|lte', '|gt', '|gte'], number) },
  { weight: 2, arbitrary: suffixed(['|cidr', '|cidr|neq'], oneOrMore(networks)) },
  { weight: 1, arbitrary: suffixed(['|hour', '|minute|lt'], fc.constantFrom(11, 12)) },
  { weight: 1, arbitrary: suffixed(['|week', '|day|gte', '|month', '|month|lt'], fc.constantFrom(1, 2, 10)) },
  { weight: 1, arbitrary: suffixed(['|year', '|year|gte'], fc.constantFrom(2025, 2026)) },
  {
    weight: 2,
    arbitrary: suffixed(
      ['|windash', '|windash|contains', '|windash|contains|all'],
      several(fc.constantFrom('-enc', '/enc', 'x1')),
    ),
  },
  { weight: 1, arbitrary: suffixed(['|base64', '|base64|contains', '|base64offset|contains'], encodable) },
  {
    weight: 1,
    arbitrary: suffixed(
      ['|wide|base64offset|contains', '|utf16le|base64', '|utf16be|base64', '|utf16|base64'],
      encodable,
    ),
  },
  { weight: 1, arbitrary: suffixed(['|expand', '|contains|expand'], fc.constantFrom('%some%', 'x%some%')) },
  {
    weight: 2,
    arbitrary: suffixed(
      [
        '|fieldref',
        '|fieldref|startswith',
        '|fieldref|contains',
        '|fieldref|endswith',
        '|fieldref|neq',
        '|fieldref|cased',
      ],
      fc.constantFrom(...fields),
    ),
  },
);
const lists = { some: ['Write', 'x1', 'rit*'] };

const line = fc
  .tuple(fc.constantFrom(...fields), modified)
  .map(([field, [modifiers, value]]): [string, JsonValue] => [`${field}${modifiers}`, value]);
const map = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => Object.fromEntries(lines));
const shortKeywords = fc.oneof(
  fc.array(fc.constantFrom('rite', 'DELETE', '"kind"', 'p', 'w*e', 'role', ':5', 'ΣΟΣ'), {
    minLength: 1,
    maxLength: 3,
  }),
  several(fc.constantFrom('rite', 'x', 'e')).map((all): JsonValue => ({ '|all': all })),
  fc.constantFrom('rite', '^x').map((source): JsonValue => ({ '|re': source })),
);
/** Such as a message is looked through for: see `long-texts.ts`. */
const longKeywords = fc.oneof(
  fc.array(fc.constantFrom(...longWanted), { minLength: 1, maxLength: 3 }),
  several(fc.constantFrom(...longWanted)).map((all): JsonValue => ({ '|all': all })),
  fc
    .constantFrom('roleAssignments/write$', '^see .*listKeys')
    .map((source): JsonValue => ({ '|re': source })),
);
const searchWith = (keywords: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> =>
  mixed<JsonValue>(
    { weight: 6, arbitrary: map },
    { weight: 2, arbitrary: fc.array(map, { minLength: 2, maxLength: 3 }) },
    { weight: 1, arbitrary: keywords },
  );
/** More than a few of one field, so that long texts are scanned for them; some are too short for that. */
const contained = fc.constantFrom(...longWanted, 'accounts/LISTKEYS', 'rrrrrrrrrrrr', 'write', 'é');
const longContained = fc
  .tuple(
    fc.constantFrom('p', 'category'),
    fc.oneof(
      suffixed(['|contains', '|contains|cased', '|contains|neq'], oneOrMore(contained)),
      suffixed(['|contains|all'], several(contained)),
    ),
  )
  .map(([field, [modifiers, wanted]]): JsonValue => ({ [`${field}${modifiers}`]: wanted }));
const names = ['selection_a', 'selection_b', 'filter_c'];

/** Every form of a condition; every search is named, for a search that no condition names is refused. */
const condition = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...names, '1 of selection_*', 'all of selection_*', '1 of them', 'all of them'),
    fc.constantFrom('selection_a and not filter_c', 'selection_a or not filter_c', 'not 1 of filter_*'),
    fc
      .tuple(tie('node'), fc.constantFrom('and', 'or'), tie('node'))
      .map(([a, link, b]) => `(${a} ${link} ${b})`),
    tie('node').map((of) => `not (${of})`),
  ),
})).node;

const sources = ['activitylogs', 'auditlogs', 'signinlogs', 'keyvault'];

const ruleText = (search: fc.Arbitrary<JsonValue>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...sources),
      search,
      search,
      search,
      fc.array(condition, { minLength: 1, maxLength: 2 }),
    )
    .map(([service, a, b, c, conditions]) => {
      const mentioned = names.map((name) => `(${name} or not ${name})`).join(' and ');
      const detection = {
        selection_a: a,
        selection_b: b,
        filter_c: c,
        condition: conditions.map((text) => `(${text}) and ${mentioned}`),
      };
      return JSON.stringify({ title: 'A test', logsource: { product: 'azure', service }, detection });
    });

/** @throws Error when what was made is no rule: the generator is wrong then. */
function read(text: string): Rule {
  const { rule, problems } = parseRule(text, 'made.yml', { lists });
  if (rule === undefined) throw new Error(`${problems.map(formatProblem).join('\n')}\n${text}`);
  return rule;
}

/** So few rules that a long text is asked by an index of what they ask alone. */
const FEW = 4;

/**
 * Reading a rule takes far longer than asking it: a pack asks each rule of many records. The keywords of a pack are all
 * long, or all are not, for one short one has records looked through in place of messages.
 */
export const packs = (rules: number, records: number): fc.Arbitrary<Pack> =>
  fc.oneof(
    { weight: 2, arbitrary: packOf(searchWith(shortKeywords), record, rules, records) },
    { weight: 1, arbitrary: packOf(searchWith(longKeywords), record, rules, records) },
    { weight: 1, arbitrary: keywordPacks(rules, records) },
    {
      weight: 1,
      arbitrary: fc.oneof(longPacks(rules, records), longPacks(FEW, Math.ceil((rules * records) / FEW))),
    },
  );

/** Nothing but long keywords, and records that hold them. */
export const keywordPacks = (rules: number, records: number): fc.Arbitrary<Pack> =>
  packOf(longKeywords, wordyRecord, rules, records);

/** Nothing but what is asked of long texts. */
export const longPacks = (rules: number, records: number): fc.Arbitrary<Pack> =>
  packOf(longContained, longRecord, rules, records);

const packOf = (
  search: fc.Arbitrary<JsonValue>,
  of: fc.Arbitrary<JsonObject>,
  rules: number,
  records: number,
): fc.Arbitrary<Pack> =>
  fc.record({
    rules: fc.array(ruleText(search).map(read), { minLength: rules, maxLength: rules }),
    records: fc.array(of, { minLength: records, maxLength: records }),
  });
