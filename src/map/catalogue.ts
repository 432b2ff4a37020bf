/** What the ids of a framework look like, and where the list is closed, which ids there are. */
export interface Catalogue {
  readonly isRef: (ref: string) => boolean;
  /** Every id of the framework; undefined when the file may choose which ones it lists. */
  readonly refs: readonly string[] | undefined;
  /** An id as the framework writes it, for the fix of a problem. */
  readonly example: string;
}

const numbered = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, index) => `${group}.${index + 1}`),
  );

/** 2017 Trust Services Criteria: 33 common criteria, 3 availability, 2 confidentiality, 5 processing integrity, 18 privacy. */
const soc2 = [
  ...numbered({ CC1: 5, CC2: 3, CC3: 4, CC4: 2, CC5: 3, CC6: 8, CC7: 5, CC8: 1, CC9: 2 }),
  ...numbered({ A1: 3, C1: 2, PI1: 5 }),
  ...numbered({ P1: 1, P2: 1, P3: 2, P4: 3, P5: 2, P6: 7, P7: 1, P8: 1 }),
];

/** ISO/IEC 27001:2022 Annex A: 93 controls in four themes. */
const iso27001 = numbered({ 'A.5': 37, 'A.6': 8, 'A.7': 14, 'A.8': 34 });

const closed = (refs: readonly string[], example: string): Catalogue => {
  const known = new Set(refs);
  return { isRef: (ref) => known.has(ref), refs, example };
};

/** 45 CFR 164 Subpart C; the five sections that hold standards and specifications, and their paragraphs. */
const hipaa =
  /^164\.(?:308\([ab]\)|310\([a-d]\)|312\([a-e]\)|314\([ab]\)|316\([ab]\))(?:\([1-8]\)(?:\((?:i|ii|iii|iv)\)(?:\([A-E]\))?)?)?$/;

/** An article of the regulation (1 to 99), then paragraph and point as it needs. */
const gdpr = /^(?:[1-9]|[1-9]\d)(?:\([1-9]\d?\)(?:\([a-z]\))?)?$/;

const catalogues: Readonly<Record<string, Catalogue>> = {
  soc2: closed(soc2, 'CC6.1'),
  iso27001: closed(iso27001, 'A.8.15'),
  hipaa: { isRef: (ref) => hipaa.test(ref), refs: undefined, example: '164.312(a)(2)(iv)' },
  gdpr: { isRef: (ref) => gdpr.test(ref), refs: undefined, example: '32(1)(b)' },
};

/** The catalogue of a framework we know; undefined for one of the user's own, whose ids we cannot judge. */
export const catalogueOf = (framework: string): Catalogue | undefined =>
  Object.hasOwn(catalogues, framework) ? catalogues[framework] : undefined;
