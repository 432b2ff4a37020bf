import type { Condition, Quantified } from './ast.ts';

/** What is wrong with a condition; `offset` counts UTF-16 units from its start. */
interface ConditionFault {
  readonly offset: number;
  readonly what: string;
  readonly fix: string;
}

export type ParsedCondition =
  { readonly condition: Condition } | { readonly condition?: undefined; readonly fault: ConditionFault };

interface Token {
  readonly text: string;
  readonly offset: number;
}

class Fault extends Error {
  readonly fault: ConditionFault;

  constructor(offset: number, what: string, fix: string) {
    super(what);
    this.fault = { offset, what, fix };
  }
}

const deepest = 100;
const operators = new Set(['and', 'or', 'not', 'of']);

/**
 * Parses one condition over the searches of its rule. Binding, weakest first: `or`, `and`, `not`, `1/all of`,
 * parentheses (specification 2.1, Condition). Never throws.
 */
export function parseCondition(text: string, searches: readonly string[]): ParsedCondition {
  try {
    return { condition: read(text, searches) };
  } catch (thrown) {
    if (thrown instanceof Fault) return { fault: thrown.fault };
    throw thrown;
  }
}

function read(text: string, searches: readonly string[]): Condition {
  const tokens: readonly Token[] = [...text.matchAll(/[()|]|[^\s()|]+/gu)].map((found) => ({
    text: found[0],
    offset: found.index,
  }));
  let position = 0;
  let depth = 0;

  const peek = (ahead = 0): string | undefined => tokens[position + ahead]?.text;
  const isWord = (word: string, ahead = 0): boolean => peek(ahead)?.toLowerCase() === word;
  const offset = (): number => tokens[position]?.offset ?? text.length;

  const chain = (kind: 'and' | 'or', part: () => Condition): Condition => {
    const first = part();
    const of = [first];
    while (isWord(kind)) {
      position += 1;
      of.push(part());
    }
    return of.length === 1 ? first : { kind, of };
  };
  const either = (): Condition => chain('or', both);
  const both = (): Condition => chain('and', negated);

  function negated(): Condition {
    depth += 1;
    if (depth > deepest)
      throw new Fault(offset(), `condition is nested more than ${deepest} deep`, 'split it');
    const isNot = isWord('not');
    if (isNot) position += 1;
    const node: Condition = isNot ? { kind: 'not', of: negated() } : primary();
    depth -= 1;
    return node;
  }

  function primary(): Condition {
    const at = offset();
    const word = peek();
    if (word === undefined)
      throw new Fault(at, 'condition ends where a search should stand', 'name a search here');
    if (word === '(') return parenthesised(at);
    if (isWord('of', 1)) return quantified(at, word);
    if (word === ')' || operators.has(word.toLowerCase())) {
      throw new Fault(
        at,
        `\`${word}\` stands where a search should`,
        'name a search, or open a parenthesis, here',
      );
    }
    if (word === '|') throw aggregation(at);
    if (!searches.includes(word)) {
      const known = searches.length === 0 ? 'none' : searches.join(', ');
      throw new Fault(
        at,
        `condition names the search \`${word}\`, which is not defined`,
        `defined are: ${known}`,
      );
    }
    position += 1;
    return { kind: 'search', name: word };
  }

  function parenthesised(opened: number): Condition {
    position += 1;
    const inner = either();
    if (peek() !== ')') throw new Fault(opened, 'parenthesis is never closed', 'add `)`');
    position += 1;
    return inner;
  }

  function quantified(at: number, word: string): Quantified {
    const quantifier = word.toLowerCase();
    if (quantifier !== '1' && quantifier !== 'all') {
      throw new Fault(at, `\`${word} of\` is not a quantifier`, 'write `1 of` or `all of`');
    }
    position += 2;
    const pattern = peek();
    if (pattern === undefined || pattern === ')' || pattern === '(' || pattern === '|') {
      throw new Fault(
        offset(),
        `\`${quantifier} of\` needs something to count`,
        'write `them` or a pattern such as `selection*`',
      );
    }
    const names = searchesOf(pattern, searches);
    if (names.length === 0)
      throw new Fault(offset(), `no search fits \`${pattern}\``, 'define one, or mend the pattern');
    position += 1;
    return { kind: 'quantified', quantifier, pattern: isThem(pattern) ? 'them' : pattern, names };
  }

  const whole = either();
  const rest = peek();
  if (rest === '|') throw aggregation(offset());
  if (rest !== undefined) {
    throw new Fault(
      offset(),
      `\`${rest}\` is left over`,
      rest === ')' ? 'remove it, or open it before' : 'join it with `and` or `or`',
    );
  }
  return whole;
}

const aggregation = (offset: number): Fault =>
  new Fault(
    offset,
    '`|` (aggregation) is not part of Sigma 2',
    'remove it; counting over events is a correlation rule',
  );

const isThem = (pattern: string): boolean => pattern.toLowerCase() === 'them';

/** `them` is every search but those that start with `_`; a pattern names any, `*` being any run of characters. */
function searchesOf(pattern: string, searches: readonly string[]): readonly string[] {
  if (isThem(pattern)) return searches.filter((name) => !name.startsWith('_'));
  const expression = new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`))
      .join('.*')}$`,
    'su',
  );
  return searches.filter((name) => expression.test(name));
}

const binding = { or: 0, and: 1, not: 2, quantified: 3, search: 3 } as const;

/** Writes a condition with the fewest parentheses that keep its shape: parsing gives the same tree back. */
export function printCondition(condition: Condition): string {
  const inside = (of: Condition, weakest: number): string =>
    binding[of.kind] < weakest ? `(${printCondition(of)})` : printCondition(of);
  switch (condition.kind) {
    case 'search':
      return condition.name;
    case 'quantified':
      return `${condition.quantifier} of ${condition.pattern}`;
    case 'not':
      return `not ${inside(condition.of, binding.not)}`;
    case 'and':
    case 'or':
      return condition.of
        .map((part) => inside(part, binding[condition.kind] + 1))
        .join(` ${condition.kind} `);
  }
}
