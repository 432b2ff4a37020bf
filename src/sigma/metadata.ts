import type { LogSource } from '../domain/event.ts';
import { levels } from '../domain/severity.ts';
import { ruleStatuses } from './ast.ts';
import type { Rule } from './ast.ts';
import { asObject, entryOf, isTextList } from './source.ts';
import type { Entry, Read, Report } from './source.ts';

interface TextForm {
  readonly isRequired?: boolean;
  readonly longest?: number;
  readonly form?: RegExp;
  /** What the form is called in a problem. */
  readonly like?: string;
}

const day: TextForm = {
  form: /^\d{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12]\d|3[01])$/u,
  like: 'a date like 2026-03-02',
};
const relations = ['derived', 'obsolete', 'merged', 'renamed', 'similar'];

/** The entry of a key, reporting when the map has none. */
export function required(map: Read, key: string, report: Report): Entry | undefined {
  const entry = entryOf(map, key);
  if (entry === undefined) report(map.at, `\`${key}\` is missing`, `add \`${key}:\``);
  return entry;
}

type Metadata = Omit<Rule, 'file' | 'searches' | 'condition' | 'extra'>;

/** Reads the keys that describe a rule, reporting what does not fit. */
export const readMetadata = (root: Read, report: Report): Metadata => ({
  ...readDescription(root, report),
  logSource: readLogSource(root, report),
});

/** The same without the log source, for documents that have none of their own (correlations). */
export function readDescription(root: Read, report: Report): Omit<Metadata, 'logSource'> {
  const text = (
    key: string,
    { isRequired = false, longest = Infinity, form, like = '' }: TextForm = {},
  ): string | undefined => {
    const entry = isRequired ? required(root, key, report) : entryOf(root, key);
    if (entry === undefined) return undefined;
    const { json, at } = entry.value;
    if (typeof json !== 'string' || (isRequired && json.trim() === ''))
      report(at, `\`${key}\` is not a text`, 'write a text');
    else if (json.length > longest)
      report(at, `\`${key}\` is longer than ${longest} characters`, 'shorten it');
    else if (form !== undefined && !form.test(json)) report(at, `\`${key}\` is not ${like}`, `write ${like}`);
    else return json;
    return undefined;
  };

  const oneOf = <T extends string>(key: string, known: readonly T[]): T | undefined => {
    const entry = entryOf(root, key);
    if (entry === undefined) return undefined;
    const found = known.find((one) => one === entry.value.json);
    if (found === undefined)
      report(entry.value.at, `\`${key}\` is none that Sigma knows`, `write one of ${known.join(', ')}`);
    return found;
  };

  const texts = (key: string, form?: RegExp): readonly string[] => {
    const entry = entryOf(root, key);
    if (entry === undefined) return [];
    const { value } = entry;
    if (value.kind !== 'list' || !isTextList(value.json)) {
      report(value.at, `\`${key}\` is not a list of texts`, 'write a list, `- ` before each text');
      return [];
    }
    for (const [index, item] of value.json.entries())
      if (form?.test(item) === false)
        report(
          value.items[index]?.at ?? value.at,
          `\`${item}\` is not of the form of \`${key}\``,
          'write it like `attack.t1685.002`, in lower case',
        );
    return value.json;
  };

  const related = (): Rule['related'] => {
    const entry = entryOf(root, 'related');
    if (entry === undefined) return [];
    const items = entry.value.kind === 'list' ? entry.value.items : [];
    if (entry.value.kind !== 'list')
      report(entry.value.at, '`related` is not a list', 'list entries with `id` and `type`');
    return items.flatMap((item) => {
      const { id, type } = asObject(item.json);
      if (typeof id === 'string' && typeof type === 'string' && relations.includes(type))
        return [{ id, type }];
      report(item.at, '`related` entry needs `id` and `type`', `types are ${relations.join(', ')}`);
      return [];
    });
  };

  return {
    title: text('title', { isRequired: true, longest: 256 }) ?? '',
    id: text('id', { form: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu, like: 'a UUID' }),
    name: text('name', { longest: 256 }),
    status: oneOf('status', ruleStatuses),
    description: text('description', { longest: 65_535 }) ?? '',
    level: oneOf('level', levels),
    author: text('author'),
    date: text('date', day),
    modified: text('modified', day),
    license: text('license'),
    taxonomy: text('taxonomy', { longest: 256 }),
    references: texts('references'),
    tags: texts('tags', /^[a-z0-9_-]+\.[a-z0-9._-]+$/u),
    fields: texts('fields'),
    scope: texts('scope'),
    falsePositives: texts('falsepositives'),
    related: related(),
  };
}

function readLogSource(root: Read, report: Report): LogSource {
  const entry = required(root, 'logsource', report);
  if (entry === undefined) return {};
  const parts = ['product', 'service', 'category'].flatMap((key) => {
    const part = entryOf(entry.value, key);
    if (part === undefined) return [];
    const { json, at } = part.value;
    if (typeof json !== 'string' || json === '' || json !== json.toLowerCase())
      report(at, `\`logsource.${key}\` is not a text in lower case`, 'write it like `azure`');
    return [[key, json]];
  });
  if (parts.length === 0)
    report(entry.value.at, '`logsource` names no log', 'give it `product`, `service` or `category`');
  return Object.fromEntries(parts) as LogSource;
}
