import type { Engine } from '../../../src/detect/engine/engine.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { Rule } from '../../../src/sigma/ast.ts';
import { compileRule } from '../../../src/sigma/evaluate.ts';
import type { Pack } from './pairs.ts';

/** Pairs of a rule and a record that both engines were asked. */
export interface Agreement {
  readonly pairs: number;
  readonly matches: number;
  /** Where they differ, in words; empty: nowhere. */
  readonly differences: readonly string[];
}

type Verdicts = readonly (readonly number[])[];
type MakeEngine = (rules: readonly Rule[]) => Engine;

/** Record by record, the places of the rules that the plain evaluator says match. */
export function plainVerdicts({ rules, records }: Pack): Verdicts {
  const evaluators = rules.map(compileRule);
  return records.map((record) =>
    evaluators.flatMap((evaluator, place) => (evaluator.evaluate(record).matched ? place : [])),
  );
}

/** Ways in which a message may hold a record. */
const spellings: readonly ((record: JsonObject) => string)[] = [
  (record) => JSON.stringify(record),
  (record) => JSON.stringify({ records: [{ more: 'of it' }, record] }, null, 2),
  (record) => JSON.stringify({ body: JSON.stringify(record) }),
  // Every second letter as an escape.
  (record) =>
    JSON.stringify(record).replaceAll(
      /(?<!\\)([a-z])([a-z])/giu,
      (_, first: string, second: string) =>
        `${first}\\u${second.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  (record) => JSON.stringify(record).replaceAll('/', String.raw`\/`),
];

const messageOf = (record: JsonObject, which: number): Uint8Array =>
  new TextEncoder().encode(spellings[which % spellings.length]?.(record) ?? '');

/**
 * Asks an engine what the plain evaluator was asked; each record twice, the second time out of what it remembers, and
 * with the message that the record was read out of.
 */
export function compare(
  { rules, records }: Pack,
  makeEngine: MakeEngine,
  expected: Verdicts = plainVerdicts({ rules, records }),
): Agreement {
  const engine = makeEngine(rules);
  const differences: string[] = [];
  let matches = 0;
  for (const time of ['first', 'second']) {
    for (const [which, record] of records.entries()) {
      const wanted = expected[which] ?? [];
      if (time === 'first') matches += wanted.length;
      const found = time === 'first' ? engine(record) : engine(record, messageOf(record, which));
      if (found.join(',') === wanted.join(',')) continue;
      const wrong = rules.flatMap((rule, place) =>
        found.includes(place) === wanted.includes(place)
          ? []
          : `${found.includes(place) ? 'extra' : 'lost'} ${describe(rule)}`,
      );
      differences.push(`${time} time, ${JSON.stringify(record)}: ${wrong.join('; ')}`);
    }
  }
  return { pairs: rules.length * records.length, matches, differences };
}

const describe = ({ logSource, searches, condition }: Rule): string =>
  JSON.stringify({ service: logSource.service, searches, condition }, (key, value: unknown) =>
    key === 'at' || key === 'modifiers' ? undefined : value,
  );
