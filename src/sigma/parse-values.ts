import type { FieldTest, KeywordTest, Position, Value, ValueTest } from './ast.ts';
import { finished } from './draft.ts';
import type { Draft } from './draft.ts';
import { isModifierName, modifiers } from './modifiers.ts';
import type { ModifierName } from './modifiers.ts';
import { affixed } from './pattern.ts';
import { expandPlaceholders } from './placeholders.ts';
import type { PlaceholderLists } from './placeholders.ts';
import type { Read, ReadScalar, Report } from './source.ts';

export interface ValueContext {
  readonly lists: PlaceholderLists;
  readonly report: Report;
}

/** Reads `field|modifier|modifier: value or values`. Undefined when something in it was reported. */
export function parseFieldTest(
  key: string,
  at: Position,
  node: Read,
  context: ValueContext,
): FieldTest | undefined {
  const [field = '', ...names] = key.split('|');
  if (field === '') {
    context.report(at, 'field name is empty', 'name a field; keywords stand in a list or alone under `|all`');
    return undefined;
  }
  const known = knownModifiers(names, at, context.report);
  const values = known && parseValues(known, node, at, context);
  if (values === undefined || known === undefined) return undefined;
  return { kind: 'field', field, isNegated: known.includes('neq'), ...listOf(known, values, at) };
}

const keywordTests = new Set<ValueTest['kind']>(['text', 'regex']);

/** Reads a list of keywords, with the modifiers of a `|modifier` key where it has one. */
export function parseKeywordTest(
  names: readonly string[],
  at: Position,
  node: Read,
  context: ValueContext,
): KeywordTest | undefined {
  const known = knownModifiers(names, at, context.report);
  const misplaced = known?.find((name) => name === 'neq' || name === 'startswith' || name === 'endswith');
  if (misplaced !== undefined) {
    context.report(
      at,
      `\`${misplaced}\` means nothing for keywords`,
      'they are looked for in the whole event; name a field',
    );
    return undefined;
  }
  const values = known && parseValues(known, node, at, context, true);
  if (values === undefined || known === undefined) return undefined;
  return { kind: 'keyword', ...listOf(known, values, at) };
}

const listOf = (names: readonly ModifierName[], values: readonly Value[], at: Position) =>
  ({ modifiers: names, link: names.includes('all') ? 'all' : 'any', values, at }) as const;

function knownModifiers(
  names: readonly string[],
  at: Position,
  report: Report,
): readonly ModifierName[] | undefined {
  const known: ModifierName[] = [];
  for (const name of names) {
    if (isModifierName(name)) known.push(name);
    else report(at, `unknown modifier \`${name}\``, unknownFix(name));
  }
  const affixes = known.filter((name) => name === 'startswith' || name === 'endswith' || name === 'contains');
  if (affixes.length > 1) {
    report(at, `\`${affixes.join('` and `')}\` together`, 'keep one of them');
    return undefined;
  }
  return known.length === names.length ? known : undefined;
}

function unknownFix(name: string): string {
  if (name === 'not') return 'write `not` in the condition, or use `neq`';
  if (isModifierName(name.toLowerCase())) return `write \`${name.toLowerCase()}\``;
  return `known are: ${Object.keys(modifiers).join(', ')}`;
}

function parseValues(
  names: readonly ModifierName[],
  node: Read,
  at: Position,
  context: ValueContext,
  isKeyword = false,
): readonly Value[] | undefined {
  const { report } = context;
  const items = node.kind === 'list' ? node.items : [node];
  if (items.length === 0)
    report(node.at, 'list of values is empty', "give it a value; for an empty text write `''`");
  if (names.includes('all') && items.length === 1)
    report(at, '`all` on a single value', 'drop `all`, or add the values that it should link');
  const values: Value[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar')
      report(item.at, `value is a ${item.kind}`, 'write a text, a number, true, false or null');
    else if (item.json === null && (node.kind === 'list' || isKeyword))
      report(
        item.at,
        isKeyword ? '`null` is no keyword' : '`null` inside a list',
        'give it a search of its own and link the two in the condition',
      );
    else {
      const anyOf = parseValue(names, item, context, isKeyword);
      if (anyOf !== undefined) values.push({ written: item.json, anyOf, at: item.at });
    }
  }
  if (
    names.includes('expand') &&
    !items.some((item) => item.kind === 'scalar' && /%[\w.-]+%/u.test(item.text))
  )
    report(at, '`expand` without a placeholder', 'write one like `%approved_ips%`, or drop `expand`');
  return values.length === items.length && values.length > 0 ? values : undefined;
}

function parseValue(
  names: readonly ModifierName[],
  item: ReadScalar,
  context: ValueContext,
  isKeyword: boolean,
): readonly ValueTest[] | undefined {
  const texts = expanded(names, item, context);
  if (texts === undefined) return undefined;
  let drafts: readonly Draft[] = texts;
  for (const name of names) {
    const modifier = modifiers[name];
    if (modifier.kind === 'list') continue;
    const next: Draft[] = [];
    for (const draft of drafts) {
      const applied = modifier.apply(draft, item.text);
      if ('what' in applied) {
        context.report(item.at, applied.what, applied.fix);
        return undefined;
      }
      next.push(...applied);
    }
    drafts = next;
  }
  const tests = drafts.map(finished).map((test) => (isKeyword ? asKeyword(test, item.text) : test));
  const odd = isKeyword ? tests.find((test) => !keywordTests.has(test.kind)) : undefined;
  if (odd === undefined) return tests;
  context.report(item.at, `a test of kind \`${odd.kind}\` means nothing for keywords`, 'name a field for it');
  return undefined;
}

/** A keyword is found anywhere in a text; a number or a boolean counts as it is written. */
function asKeyword(test: ValueTest, written: string): ValueTest {
  if (test.kind === 'text') return { ...test, pattern: affixed(test.pattern, 'contains') };
  const isPlainNumber = test.kind === 'number' && test.comparison === 'eq' && test.part === undefined;
  return isPlainNumber || test.kind === 'boolean'
    ? { kind: 'text', isCased: false, pattern: affixed([{ kind: 'literal', text: written }], 'contains') }
    : test;
}

function expanded(
  names: readonly ModifierName[],
  item: ReadScalar,
  context: ValueContext,
): readonly Draft[] | undefined {
  const { json } = item;
  if (typeof json === 'number') return [{ kind: 'number', comparison: 'eq', value: json, part: undefined }];
  if (typeof json === 'boolean') return [{ kind: 'boolean', value: json }];
  if (json === null) return [{ kind: 'null' }];
  if (!names.includes('expand')) return [{ kind: 'plain', text: json }];
  const result = expandPlaceholders(json, context.lists);
  if (result.texts !== undefined) return result.texts.map((text) => ({ kind: 'plain', text }));
  if (result.missing === undefined)
    context.report(item.at, `placeholders give ${result.tooMany} values`, 'use one list a value');
  else
    for (const name of result.missing)
      context.report(
        item.at,
        `no list \`${name}\` for the placeholder \`%${name}%\``,
        `give a list \`${name}\` with a value or more`,
      );
  return undefined;
}
