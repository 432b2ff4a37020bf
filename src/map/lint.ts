import type { Control, Framework } from '../domain/control.ts';
import type { Detection } from '../domain/detection.ts';
import type { EventClass, LogSource } from '../domain/event.ts';
import type { Problem } from '../lib/errors.ts';
import { nearestOf } from '../lib/yaml-schema.ts';
import { catalogueOf } from './catalogue.ts';
import type { LoadedMappings } from './load.ts';
import type { Locate } from './places.ts';

export type DetectionFacts = Pick<Detection, 'name' | 'file' | 'assertion' | 'logSource' | 'observes'>;

export interface LintInput {
  readonly mappings: LoadedMappings;
  readonly detections: readonly DetectionFacts[];
  /** Every class that the normalisers make. */
  readonly eventClasses: readonly EventClass[];
}

/** Alerts arrive only when something is wrong: their silence is no sign of a broken source, so nobody has to watch them. */
const quietClasses: ReadonlySet<string> = new Set(['defender_alert']);

/** Everything wrong between detections, assertions and frameworks: dead references, silent assertions, wrong ids. */
export function lintMappings(input: LintInput): readonly Problem[] {
  return [
    ...assertionProblems(input),
    ...detectionProblems(input),
    ...input.mappings.frameworks.flatMap((framework) => frameworkProblems(framework, input.mappings)),
  ];
}

function assertionProblems({ mappings, detections, eventClasses }: LintInput): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const finders = detections.filter(({ observes }) => observes === 'fail');
  const spokenTo = new Set(finders.map(({ assertion }) => assertion));
  const classes = new Set(eventClasses.map(({ id }) => id));
  const at = mappings.places.assertions;
  for (const [index, assertion] of mappings.assertions.entries()) {
    if (seen.has(assertion.id))
      problems.push({
        ...at('assertions', index, 'id'),
        what: `assertion "${assertion.id}" is there twice`,
        fix: 'give it an id of its own, or remove it',
      });
    seen.add(assertion.id);
    for (const [watch, name] of assertion.watches.entries())
      if (!classes.has(name))
        problems.push({
          ...at('assertions', index, 'watches', watch),
          what: `assertion "${assertion.id}" watches "${name}", which is no event class`,
          fix: didYouMean(name, classes),
        });
    if (!spokenTo.has(assertion.id) && assertion.postures.length === 0)
      problems.push({
        ...at('assertions', index, 'id'),
        what: `nothing can find a breach of assertion "${assertion.id}"`,
        fix: 'name it in a detection, give it a posture, or remove it',
      });
  }
  return problems;
}

function detectionProblems({ mappings, detections, eventClasses }: LintInput): Problem[] {
  const byId = new Map(mappings.assertions.map((assertion) => [assertion.id, assertion]));
  return detections.flatMap(({ name, file, assertion: id, logSource, observes }) => {
    const problem = (what: string, fix: string): Problem => ({ file, line: 1, column: 1, what, fix });
    const assertion = byId.get(id);
    if (assertion === undefined)
      return [
        problem(`detection "${name}" speaks to "${id}", which is no assertion`, didYouMean(id, byId.keys())),
      ];
    if (observes === 'pass') return [];
    return eventClasses
      .filter((eventClass) => eventClass.logSources.some((source) => answers(source, logSource)))
      .filter((eventClass) => !quietClasses.has(eventClass.id) && !assertion.watches.includes(eventClass.id))
      .map((eventClass) =>
        problem(
          `detection "${name}" reads "${eventClass.id}", which assertion "${id}" does not watch: a dead log would look like a pass`,
          `add ${eventClass.id} to its watches`,
        ),
      );
  });
}

/** Parts that the rule leaves out may be anything. */
const answers = (answered: LogSource, wanted: LogSource): boolean =>
  (['product', 'service', 'category'] as const).every(
    (part) => wanted[part] === undefined || wanted[part] === answered[part],
  );

function frameworkProblems(framework: Framework, { assertions, places }: LoadedMappings): Problem[] {
  const at: Locate = places.frameworks.get(framework.id) ?? (() => ({ file: '', line: 1, column: 1 }));
  const known = new Set(assertions.map(({ id }) => id));
  const catalogue = catalogueOf(framework.id);
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, control] of framework.controls.entries()) {
    if (seen.has(control.ref))
      problems.push({
        ...at('controls', index, 'ref'),
        what: `control "${control.id}" is there twice`,
        fix: 'join the two',
      });
    seen.add(control.ref);
    if (catalogue?.isRef(control.ref) === false)
      problems.push({
        ...at('controls', index, 'ref'),
        what: `"${control.ref}" is no id of ${framework.title}`,
        fix: `write it like ${catalogue.example}`,
      });
    problems.push(...mappingProblems(control, index, known, at));
  }
  const missing = (catalogue?.refs ?? []).filter((ref) => !seen.has(ref));
  if (missing.length > 0)
    problems.push({
      ...at('controls'),
      what: `${missing.length} controls of ${framework.title} are not listed: ${missing.join(', ')}`,
      fix: 'list them; without mappings they are left to people',
    });
  return problems;
}

function mappingProblems(control: Control, index: number, known: Set<string>, at: Locate): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [mapping, { assertion }] of control.mappings.entries()) {
    // Asked only for a problem: a file without any is not parsed a second time.
    const place = () => at('controls', index, 'mappings', mapping, 'assertion');
    if (!known.has(assertion))
      problems.push({
        ...place(),
        what: `control "${control.id}" is mapped to "${assertion}", which is no assertion`,
        fix: didYouMean(assertion, known),
      });
    if (seen.has(assertion))
      problems.push({
        ...place(),
        what: `control "${control.id}" is mapped to "${assertion}" twice`,
        fix: 'keep one, with the better reason',
      });
    seen.add(assertion);
  }
  return problems;
}

function didYouMean(text: string, candidates: Iterable<string>): string {
  const nearest = nearestOf(text, [...candidates]);
  return nearest === undefined ? 'mend the spelling, or add it' : `did you mean "${nearest}"?`;
}
