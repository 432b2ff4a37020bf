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
type MakeEngine = (rules: readonly Rule[]) => (record: JsonObject) => readonly number[];

/** Record by record, the places of the rules that the plain evaluator says match. */
export function plainVerdicts({ rules, records }: Pack): Verdicts {
  const evaluators = rules.map(compileRule);
  return records.map((record) =>
    evaluators.flatMap((evaluator, place) => (evaluator.evaluate(record).matched ? place : [])),
  );
}

/** Asks an engine what the plain evaluator was asked; each record twice, the second time out of what it remembers. */
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
      const found = engine(record);
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
