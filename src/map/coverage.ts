import type { Assertion, Control, Framework, MappingStrength } from '../domain/control.ts';
import type { Detection } from '../domain/detection.ts';

/** How far evidence reaches into one framework. */
export interface FrameworkCoverage {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly controls: number;
  /** With at least one assertion that speaks for them fully or in part. */
  readonly automated: number;
  /** With supporting evidence alone: it can lower them, never raise them. */
  readonly supportedOnly: number;
  /** Left to people: no mapping at all, or supporting ones alone. */
  readonly manualOnly: number;
  /** Mappings by strength. */
  readonly pairs: Readonly<Record<MappingStrength, number>>;
}

/** What speaks to one assertion, and what it speaks for. */
export interface AssertionCoverage {
  readonly id: string;
  readonly title: string;
  readonly owner: string;
  /** Names of the detections that find it broken. */
  readonly detections: readonly string[];
  /** Names of the detections that see it hold again. */
  readonly restoredBy: readonly string[];
  readonly postures: readonly string[];
  readonly watches: readonly string[];
  /** Control ids, `soc2:CC6.1`, in the order of the frameworks. */
  readonly controls: readonly string[];
}

export interface Coverage {
  readonly frameworks: readonly FrameworkCoverage[];
  readonly assertions: readonly AssertionCoverage[];
}

const isAutomated = ({ mappings }: Control): boolean =>
  mappings.some(({ strength }) => strength !== 'supporting');

function frameworkCoverage({ id, title, version, controls }: Framework): FrameworkCoverage {
  const automated = controls.filter(isAutomated).length;
  const mapped = controls.filter(({ mappings }) => mappings.length > 0).length;
  const pairs = { full: 0, partial: 0, supporting: 0 };
  for (const { mappings } of controls) for (const { strength } of mappings) pairs[strength]++;
  return {
    id,
    title,
    version,
    controls: controls.length,
    automated,
    supportedOnly: mapped - automated,
    manualOnly: controls.length - automated,
    pairs,
  };
}

/** Counts what is covered by evidence, and lists for each assertion what speaks to it and what it serves. */
export function coverageOf(
  mappings: { readonly assertions: readonly Assertion[]; readonly frameworks: readonly Framework[] },
  detections: readonly Pick<Detection, 'name' | 'assertion' | 'observes'>[],
): Coverage {
  const controls = mappings.frameworks.flatMap((framework) => framework.controls);
  return {
    frameworks: mappings.frameworks.map(frameworkCoverage),
    assertions: mappings.assertions.map(({ id, title, owner, postures, watches }) => {
      const speaking = (observes: Detection['observes']) =>
        detections
          .filter((detection) => detection.assertion === id && detection.observes === observes)
          .map(({ name }) => name)
          .toSorted();
      return {
        id,
        title,
        owner,
        detections: speaking('fail'),
        restoredBy: speaking('pass'),
        postures,
        watches,
        controls: controlsOf(id, controls),
      };
    }),
  };
}

/** The controls that a rule's findings bear on, by framework id; frameworks without one are left out. */
export function controlsByFramework(
  frameworks: readonly Framework[],
  assertion: string,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    frameworks.flatMap(({ id, controls }) => {
      const found = controlsOf(assertion, controls);
      return found.length === 0 ? [] : [[id, found] as const];
    }),
  );
}

const controlsOf = (assertion: string, controls: readonly Control[]): readonly string[] =>
  controls
    .filter(({ mappings }) => mappings.some((mapping) => mapping.assertion === assertion))
    .map(({ id }) => id);

/** Control ids by assertion, for incidents and findings: which controls a cause bears on. */
export const controlsByAssertion = (
  frameworks: readonly Framework[],
): ReadonlyMap<string, readonly string[]> => {
  const controls = frameworks.flatMap((framework) => framework.controls);
  const assertions = new Set(controls.flatMap(({ mappings }) => mappings.map(({ assertion }) => assertion)));
  return new Map([...assertions].map((assertion) => [assertion, controlsOf(assertion, controls)]));
};
