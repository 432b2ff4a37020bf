import type { Problem } from '../lib/errors.ts';
import type { Position } from './ast.ts';
import type { Correlation, RuleReference } from './correlation-ast.ts';

/** What a correlation may name: a detection rule. Without an id and a name a rule cannot be named. */
export interface NamedRule {
  readonly file: string;
  readonly id: string | undefined;
  readonly name: string | undefined;
}

export interface ResolvedCorrelation<R extends NamedRule> {
  readonly correlation: Correlation;
  /** What each of `correlation.rules` names, in their order. */
  readonly rules: readonly ResolvedRule<R>[];
}

export type ResolvedRule<R extends NamedRule> =
  | { readonly kind: 'rule'; readonly rule: R }
  | { readonly kind: 'correlation'; readonly correlation: Correlation };

export interface ResolvedCorrelations<R extends NamedRule> {
  /** Each after the ones that it names. Those with a problem are left out, and so are those that name them. */
  readonly items: readonly ResolvedCorrelation<R>[];
  /**
   * Rules, and correlations, that are named by a correlation and by none with `generate`: they make no findings of
   * their own.
   */
  readonly silent: ReadonlySet<R | Correlation>;
  readonly problems: readonly Problem[];
}

/**
 * Ties correlations to the rules they name, by id first, then by name. Reports unknown and ambiguous names, rules
 * named twice, circles, and aliases that do not fit.
 */
export function resolveCorrelations<R extends NamedRule>(
  correlations: readonly Correlation[],
  rules: readonly R[],
): ResolvedCorrelations<R> {
  const problems: Problem[] = [];
  const targets: readonly Target<R>[] = [
    ...rules.map((rule) => ({ kind: 'rule', rule }) as const),
    ...correlations.map((correlation) => ({ kind: 'correlation', correlation }) as const),
  ];
  const byId = indexed(targets, ({ id }) => id?.toLowerCase());
  const byName = indexed(targets, ({ name }) => name);
  const found = (reference: RuleReference): readonly Target<R>[] =>
    byId.get(reference.text.toLowerCase()) ?? byName.get(reference.text) ?? [];

  const resolved = new Map<Correlation, ResolvedCorrelation<R>>();
  for (const correlation of correlations) {
    const report = ({ line, column }: Position, what: string, fix: string): void => {
      problems.push({ file: correlation.file, line, column, what, fix });
    };
    const named: Target<R>[] = [];
    for (const reference of correlation.rules) {
      const [target, ...others] = found(reference);
      const { text, at } = reference;
      if (target === undefined)
        report(
          at,
          `no rule has the id or name \`${text}\``,
          'mend the spelling, or give the rule that `name`',
        );
      else if (others.length > 0)
        report(
          at,
          `\`${text}\` names ${others.length + 1} rules: ${[target, ...others].map((each) => nounOf(each).file).join(', ')}`,
          'use the id',
        );
      else if (named.some((other) => nounOf(other) === nounOf(target)))
        report(at, `\`${text}\` names a rule that is named before`, 'remove one');
      else named.push(target);
    }
    const areAliasesSound = checkAliases(correlation, named, found, report);
    if (areAliasesSound && named.length === correlation.rules.length)
      resolved.set(correlation, { correlation, rules: named });
  }
  const { items, circles } = inOrder(resolved);
  for (const { file, at, title } of circles)
    problems.push({
      file,
      ...at,
      what: `\`${title}\` leads back to itself`,
      fix: 'break the circle of references',
    });
  return { items, silent: silentOf(items), problems };
}

type Target<R extends NamedRule> = ResolvedRule<R>;

const nounOf = <R extends NamedRule>(target: Target<R>): R | Correlation =>
  target.kind === 'rule' ? target.rule : target.correlation;

function indexed<R extends NamedRule>(
  targets: readonly Target<R>[],
  keyOf: (noun: NamedRule) => string | undefined,
): ReadonlyMap<string, readonly Target<R>[]> {
  const index = new Map<string, Target<R>[]>();
  for (const target of targets) {
    const key = keyOf(nounOf(target));
    if (key === undefined || key === '') continue;
    const at = index.get(key);
    if (at === undefined) index.set(key, [target]);
    else at.push(target);
  }
  return index;
}

/** An alias has to say what its name means in the events of every rule, or those events could never meet. */
function checkAliases<R extends NamedRule>(
  { aliases, groupBy, condition, rules }: Correlation,
  named: readonly Target<R>[],
  found: (reference: RuleReference) => readonly Target<R>[],
  report: (at: Position, what: string, fix: string) => void,
): boolean {
  let isSound = true;
  const complain: typeof report = (...problem) => {
    isSound = false;
    report(...problem);
  };
  const fields = 'fields' in condition.measure ? condition.measure.fields : [];
  const used = new Set([
    ...groupBy.map(({ name }) => name),
    ...fields,
    ...('field' in condition.measure ? [condition.measure.field] : []),
  ]);
  for (const alias of aliases) {
    if (!used.has(alias.name))
      complain(alias.at, `alias \`${alias.name}\` is not used`, 'name it in `group-by`, or remove it');
    const covered = new Set<R | Correlation>();
    for (const { rule } of alias.fields) {
      const target = found(rule).find((each) => named.some((other) => nounOf(other) === nounOf(each)));
      if (target === undefined)
        complain(rule.at, `\`${rule.text}\` is none of this correlation's \`rules\``, 'name one of them');
      else if (covered.has(nounOf(target)))
        complain(rule.at, `\`${rule.text}\` stands in the alias twice`, 'remove one');
      else covered.add(nounOf(target));
    }
    if (!isSound || named.length < rules.length) continue;
    const missing = rules.filter((_, index) => {
      const target = named[index];
      return target !== undefined && !covered.has(nounOf(target));
    });
    for (const { text } of missing)
      complain(
        alias.at,
        `alias \`${alias.name}\` says no field for \`${text}\``,
        `add \`${text}: <field>\` below it`,
      );
  }
  return isSound;
}

/** Each after the ones it names; those in a circle, or on the way into one, apart. */
function inOrder<R extends NamedRule>(
  resolved: ReadonlyMap<Correlation, ResolvedCorrelation<R>>,
): { readonly items: readonly ResolvedCorrelation<R>[]; readonly circles: readonly Correlation[] } {
  const items: ResolvedCorrelation<R>[] = [];
  const states = new Map<Correlation, 'open' | 'sound' | 'unsound'>();
  const circles: Correlation[] = [];
  const visit = (correlation: Correlation): boolean => {
    const state = states.get(correlation);
    if (state !== undefined) {
      if (state === 'open') circles.push(correlation);
      return state === 'sound';
    }
    const item = resolved.get(correlation);
    if (item === undefined) return false;
    states.set(correlation, 'open');
    const isSound = item.rules
      .map((target) => target.kind === 'rule' || visit(target.correlation))
      .every(Boolean);
    states.set(correlation, isSound ? 'sound' : 'unsound');
    if (isSound) items.push(item);
    return isSound;
  };
  for (const correlation of resolved.keys()) visit(correlation);
  return { items, circles };
}

function silentOf<R extends NamedRule>(
  items: readonly ResolvedCorrelation<R>[],
): ReadonlySet<R | Correlation> {
  const nounsOf = ({ rules }: ResolvedCorrelation<R>): readonly (R | Correlation)[] => rules.map(nounOf);
  const generated = new Set(items.filter(({ correlation }) => correlation.generate).flatMap(nounsOf));
  return new Set(items.flatMap(nounsOf).filter((noun) => !generated.has(noun)));
}
