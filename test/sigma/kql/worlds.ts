import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import type { Rule } from '../../../src/sigma/ast.ts';
import { evaluate } from '../../../src/sigma/evaluate.ts';
import { compileToKql } from '../../../src/sigma/kql.ts';
import type { CompiledKql } from '../../../src/sigma/kql.ts';
import { memberCase } from '../../../src/sigma/kql/loose-text.ts';
import { parseRule } from '../../../src/sigma/parse.ts';
import { runKql } from '../../support/kql-evaluator.ts';
import { rowOf } from '../../support/kql-rows.ts';
import type { Row } from '../../support/kql-rows.ts';

/** What tells a record's table, and is not a field of the record. */
const tableMarks: Readonly<Record<string, Row>> = {
  openai: { ResourceProvider: 'MICROSOFT.COGNITIVESERVICES' },
  keyvault: { ResourceProvider: 'MICROSOFT.KEYVAULT' },
  defender_alert: { ProductName: 'Azure Security Center' },
};

export const compiled = (rule: Rule): CompiledKql => {
  const result = compileToKql(rule);
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  return result;
};

/** Whether the query gives rows for a record, for each table that the record may have been written to. */
export const verdicts = (
  { query, source }: Pick<CompiledKql, 'query' | 'source'>,
  record: JsonObject,
): readonly boolean[] => {
  const marks = tableMarks[source.logSource.service ?? ''] ?? {};
  return source.branches.flatMap((branch) => {
    const row = rowOf(branch, record, marks);
    if (row === undefined) return [];
    return [runKql(query, (table) => (table === branch.table ? [row] : [])).length > 0];
  });
};

const plainWords = 'a A b ab aB* x"y c\\d  5 50 -1.5 true 10.0.0.7 ß É é'.split(' ');
/** Names, which queries compare as the matcher does. No single word above begins or ends one. */
const names = ['m – n', 'm - n', ' m n', 'm n ', 'M n', 'm-m n', 'm—m n'];
/** What Kusto's own operators read more strictly than the matcher, so that a query has to say so. */
const oddWords = [' a', 'a ', 'x-y', 'x–y', 'a\u00a0b', '\u00a050', ' true', ' '];

export interface World {
  readonly bag: fc.Arbitrary<JsonObject>;
  readonly rulesOver: (service: string, prefix: string) => fc.Arbitrary<string>;
}

const quoted = (value: JsonValue): string => JSON.stringify(value);
const paths = ['a', 'b', 'd.c'] as const;
const conditions = ['s', 'not s', 's and t', 's or not t', 'not (s or t)', '1 of them', 'not all of them'];

function worldOf(words: readonly string[], number = fc.integer({ min: -2, max: 60 })): World {
  const scalar = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...words) }, number, fc.boolean());
  const leaf: fc.Arbitrary<JsonValue> = fc.oneof(scalar, scalar, scalar, fc.constant({ c: 'a' }));
  const tests = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(
        fc.constantFrom(
          '',
          '',
          '|contains',
          '|contains',
          '|startswith',
          '|endswith',
          '|cased',
          '|contains|cased',
          '|neq',
        ),
        scalar,
      ),
    },
    fc.tuple(fc.constantFrom('|gt', '|lte', '|gte|neq'), fc.integer({ min: -2, max: 60 })),
    fc.tuple(fc.constantFrom('|exists'), fc.boolean()),
    fc.tuple(fc.constantFrom('|cidr', '|cidr|neq'), fc.constantFrom('10.0.0.0/8', '192.0.2.0/24')),
    fc.tuple(fc.constantFrom('|re', '|re|i'), fc.constantFrom('^a', 'b$', '^$', '[0-9]+')),
    fc.tuple(fc.constant(''), fc.constantFrom('a*', '*b', '?', 'a?*', '*', '?*b', 'a ?', null)),
  );
  const search = (prefix: string): fc.Arbitrary<string> =>
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...paths), tests), {
        minLength: 1,
        maxLength: 2,
        selector: ([path]) => path,
      })
      .map((lines) =>
        lines
          .map(([path, [modifier, value]]) => `"${prefix}${path}${modifier}": ${quoted(value)}`)
          .join(', '),
      );
  return {
    bag: fc.record(
      { a: leaf, b: leaf, d: fc.record({ c: leaf }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
    rulesOver: (service, prefix) =>
      fc
        .tuple(search(prefix), search(prefix), fc.constantFrom(...conditions))
        .map(
          ([s, t, condition]) =>
            `title: T\nlogsource: {product: azure, service: ${service}}\ndetection:\n  s: {${s}}\n  t: {${t}}\n  condition: ${condition}\n`,
        ),
  };
}

/** Texts that a query compares as the matcher does. */
export const exactWorld = worldOf([...plainWords, ...names]);
/** Those, and texts that it compares more strictly. */
export const oddWorld = worldOf([...plainWords, ...names, ...oddWords]);

/** Few texts and numbers, so that rules and records meet often. */
export const denseWorld = worldOf(['a', 'A', 'ab', 'B', '5', 'm n', ' M n '], fc.constantFrom(5, 50));

/** A rule as a query, and what the engine says of one record. */
export interface Compared {
  readonly query: CompiledKql;
  readonly record: JsonObject;
  readonly wanted: boolean;
}

/** Undefined for a rule that cannot be read or said, which is no disagreement. */
export function compared(text: string, record: JsonObject): Compared | undefined {
  const { rule } = parseRule(text, 't.yml');
  if (rule === undefined) return undefined;
  const query = compileToKql(rule);
  if (query.problems === undefined) return { query, record, wanted: evaluate(rule, record).matched };
  if (query.problems.every(({ what }) => what.includes('can match no row'))) return undefined;
  throw new Error(JSON.stringify(query.problems));
}

/** Whether query and engine say the same. */
export const agrees = ({ query, record, wanted }: Compared): boolean =>
  verdicts(query, record).every((found) => found === wanted);

/** Whether what the query says differently of texts is said beside it. */
export const admits = (of: Compared): boolean =>
  of.query.textCaveats.some((words) => words !== memberCase) || of.query.caveats.length > 0 || agrees(of);

/** Members of an object: rules over the Activity Log. */
export const memberCases = ({ bag, rulesOver }: World): fc.Arbitrary<[string, JsonObject]> =>
  fc.tuple(
    rulesOver('activitylogs', 'properties.'),
    bag.map((properties) => ({ properties })),
  );

/** Elements of an array, empty ones too: rules over the audit log of Entra ID. */
export const elementCases = ({ bag, rulesOver }: World): fc.Arbitrary<[string, JsonObject]> =>
  fc.tuple(
    rulesOver('auditlogs', 'properties.targetResources.'),
    fc.oneof(fc.array(bag, { maxLength: 3 }), fc.constant(null)).map((targetResources) => ({
      category: 'AuditLogs',
      properties: targetResources === null ? {} : { targetResources },
    })),
  );
