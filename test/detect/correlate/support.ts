import { createCorrelator } from '../../../src/detect/correlate/correlator.ts';
import type {
  CorrelationHit,
  CorrelationLoss,
  Correlator,
  CorrelatorSettings,
  Matched,
} from '../../../src/detect/correlate/correlator.ts';
import { planCorrelations } from '../../../src/detect/correlate/plan.ts';
import type { CorrelationPlans } from '../../../src/detect/correlate/plan.ts';
import { formatProblem } from '../../../src/lib/errors.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { parseCorrelationText } from '../../../src/sigma/correlation.ts';
import type { Correlation } from '../../../src/sigma/correlation-ast.ts';
import { resolveCorrelations } from '../../../src/sigma/correlation-resolve.ts';
import { aDetection, anEvent, T0 } from '../../support/samples.ts';

export const SECOND = 1000;

/** The base rules of every test: `a`, `b` and `c`. A test says itself which events they match. */
export const baseRules = ['a', 'b', 'c'].map((letter) => ({
  file: `${letter}.yml`,
  id: `00000000-0000-4000-8000-00000000000${letter}`,
  name: `rule_${letter}`,
  logSource: {},
}));
type Base = (typeof baseRules)[number];

/** The text of a correlation: the inside of `correlation:` with four spaces before each line. */
export const correlationText = (inside: string, name = 'top'): string =>
  `title: Test ${name}\nname: ${name}\ncorrelation:\n${inside
    .trim()
    .split('\n')
    .map((line) => `    ${line.replace(/^ {0,12}/u, (space) => ' '.repeat(space.length))}`)
    .join('\n')}\n`;

/** @throws Error with every problem when a text has one. */
export function plansOf(
  ...texts: readonly string[]
): CorrelationPlans<Base> & { readonly silent: ReadonlySet<Correlation> } {
  const parsed = texts.map((text, index) => parseCorrelationText(text, `${index}.yml`));
  const correlations = parsed.flatMap(({ correlation }) => correlation ?? []);
  const { items, silent, problems } = resolveCorrelations(correlations, baseRules);
  const all = [...parsed.flatMap((each) => each.problems), ...problems];
  if (all.length > 0) throw new Error(all.map(formatProblem).join('\n'));
  return { ...planCorrelations(items), silent: silent as ReadonlySet<Correlation> };
}

export interface TestEvent {
  readonly id: string;
  /** Seconds after T0. */
  readonly at: number;
  /** Letters of the base rules that match it. */
  readonly rules: string;
  readonly record: JsonObject;
}

export const matchedOf = ({ id, at, rules, record }: TestEvent): Matched => {
  const event = anEvent({ id, time: T0 + at * SECOND, record });
  return {
    event,
    detections: baseRules
      .filter(({ name }) => rules.includes(name.slice(-1)))
      .map((rule) => aDetection({ id: rule.id })),
  };
};

export interface TestCorrelator extends Correlator {
  readonly losses: ReadonlyMap<CorrelationLoss, number>;
}

/** A correlator over the base rules. Every correlation makes findings unless a chain silences it. */
export function correlatorOf(
  { plans, uses, silent }: ReturnType<typeof plansOf>,
  settings: Partial<CorrelatorSettings> = {},
  create: typeof createCorrelator = createCorrelator,
): TestCorrelator {
  const losses = new Map<CorrelationLoss, number>();
  const byId = new Map(baseRules.map((rule) => [rule.id, uses.get(rule) ?? []]));
  const correlator = create({
    correlations: plans.map((plan) => ({
      plan,
      detection: aDetection({ id: plan.correlation.title, name: plan.correlation.name ?? '' }),
      isSilent: silent.has(plan.correlation),
    })),
    usesOf: (id) => byId.get(id) ?? [],
    lost: (why, count) => losses.set(why, (losses.get(why) ?? 0) + count),
    latenessMs: 10 * SECOND,
    idleAfterMs: 60 * SECOND,
    ...settings,
  });
  // Not spread: the correlator's own figures are getters.
  return Object.defineProperty(correlator, 'losses', { value: losses }) as TestCorrelator;
}

/** Everything that a list of events, one message each, makes a correlator find. */
export function hitsOf(correlator: Correlator, events: readonly TestEvent[]): readonly CorrelationHit[] {
  const hits = events.flatMap((each, index) => {
    const one = matchedOf(each);
    return correlator.take(
      { stream: 'one', receivedAt: T0 + Math.max(each.at, 0) * SECOND + index, newest: one.event.time },
      [one],
    );
  });
  return [...hits, ...correlator.finish()];
}

export const eventAt = (at: number, rules: string, record: JsonObject = {}, id = `e${at}`): TestEvent => ({
  id,
  at,
  rules,
  record,
});
