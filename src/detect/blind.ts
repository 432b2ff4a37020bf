import type { Condition, FieldTest, Rule, Search, ValueTest } from '../sigma/ast.ts';

/** `unknown`: it may be either, record by record. */
export type Truth = boolean | 'unknown';

/** True when a record of the rule's log source has ever had this field, at any of its paths. */
export type IsSeen = (field: string) => boolean;

/**
 * What the rule's condition can come to when only fields that were seen are ever there (Kleene's three values): a field
 * that is not there makes `null`, `exists: false` and negated tests true and all others false; a field that was seen
 * may be there or not, so its tests may be either.
 *
 * Law: it may only weaken. When a record has no field but those that were seen, the rule comes to what is said here,
 * or `unknown` is said. `test/detect/blind.test.ts` holds it to the plain evaluator.
 */
export function possibleTruth({ searches, condition }: Rule, isSeen: IsSeen): Truth {
  const truths = new Map(searches.map((search) => [search.name, searchTruth(search, isSeen)]));
  return conditionTruth(condition, (name) => truths.get(name) ?? 'unknown');
}

/**
 * The fields for whose absence the rule can match nothing; undefined when it may match. Those of them that alone would
 * do when there are such, else all that were never seen.
 */
export function missingFields(rule: Rule, isSeen: IsSeen): readonly string[] | undefined {
  if (possibleTruth(rule, isSeen) !== false) return undefined;
  const unseen = fieldsOf(rule).filter((field) => !isSeen(field));
  const enough = unseen.filter(
    (field) => possibleTruth(rule, (other) => other === field || isSeen(other)) !== false,
  );
  return enough.length > 0 ? enough : unseen;
}

/** Every field that the rule asks, once, in the order of the file. */
export const fieldsOf = ({ searches }: Rule): readonly string[] => [
  ...new Set(
    searches
      .flatMap((search) => (search.kind === 'maps' ? search.maps.flat() : []))
      .flatMap(({ field, values }) => [
        field,
        ...values.flatMap(({ anyOf }) =>
          anyOf.flatMap((test) => (test.kind === 'fieldref' ? test.field : [])),
        ),
      ]),
  ),
];

const not = (truth: Truth): Truth => (truth === 'unknown' ? truth : !truth);

const every = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes('unknown') ? 'unknown' : true;

const some = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes('unknown') ? 'unknown' : false;

function conditionTruth(condition: Condition, truthOf: (search: string) => Truth): Truth {
  switch (condition.kind) {
    case 'search':
      return truthOf(condition.name);
    case 'not':
      return not(conditionTruth(condition.of, truthOf));
    case 'and':
      return every(condition.of.map((part) => conditionTruth(part, truthOf)));
    case 'or':
      return some(condition.of.map((part) => conditionTruth(part, truthOf)));
    case 'quantified': {
      const truths = condition.names.map(truthOf);
      return condition.quantifier === 'all' ? every(truths) : some(truths);
    }
  }
}

/** Keywords are looked for in the whole record, and that is there. */
const searchTruth = (search: Search, isSeen: IsSeen): Truth =>
  search.kind === 'keywords'
    ? 'unknown'
    : some(search.maps.map((tests) => every(tests.map((test) => fieldTruth(test, isSeen)))));

function fieldTruth({ field, values, link, isNegated }: FieldTest, isSeen: IsSeen): Truth {
  const ofValues = values.map(({ anyOf }) => some(anyOf.map((test) => valueTruth(test, field, isSeen))));
  const truth = link === 'all' ? every(ofValues) : some(ofValues);
  return isNegated ? not(truth) : truth;
}

function valueTruth(test: ValueTest, field: string, isSeen: IsSeen): Truth {
  if (isSeen(field)) return test.kind === 'fieldref' && !isSeen(test.field) ? false : 'unknown';
  switch (test.kind) {
    case 'null':
      return true;
    case 'exists':
      return !test.expected;
    case 'text':
    case 'number':
    case 'boolean':
    case 'regex':
    case 'cidr':
    case 'fieldref':
      return false;
  }
}
