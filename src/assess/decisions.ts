import { z } from 'zod';
import type { Decision } from '../domain/control.ts';
import type { Problem } from '../lib/errors.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';
import { Moment, Person, dataDecisions, notAlone, twoPeople } from './data-decisions.ts';

/** The ids that decisions may speak about. */
export interface KnownSubjects {
  readonly assertions: ReadonlySet<string>;
  readonly controls: ReadonlySet<string>;
}

const DecisionItem = z
  .strictObject({
    id: z.string().min(1).describe('A name of its own, for example EXC-2026-004.'),
    kind: z
      .enum(['exception', 'attestation'])
      .describe('exception: an approved deviation; attestation: a statement that a person makes.'),
    subject: z
      .string()
      .min(1)
      .describe('The assertion an exception covers, or the control an attestation speaks for.'),
    resource: z
      .string()
      .min(1)
      .default('*')
      .transform((text) => text.toLowerCase())
      .describe('The one resource that is covered; all when left out.'),
    reason: z.string().trim().min(1).describe('Why, in a sentence that an auditor can judge.'),
    requestedBy: Person.describe('Who asked.'),
    approvedBy: Person.describe('Who approved; never the one who asked.'),
    from: Moment.describe('Valid from this moment on.'),
    expires: Moment.describe('Lapses by itself at this moment; there is no exception without an end.'),
  })
  .refine(twoPeople, notAlone)
  // Written so that a time which is no time is reported once, not twice.
  .refine(({ from, expires }) => !(expires <= from), {
    path: ['expires'],
    message: 'it ends before it begins',
  });

/** A file of decisions; `known` is undefined when nobody can say what there is to decide about. */
const decisionFile = (known: KnownSubjects | undefined) =>
  z.strictObject({
    ...dataDecisions,
    decisions: z
      .array(
        DecisionItem.superRefine(({ kind, subject }, context) => {
          const subjects = kind === 'exception' ? known?.assertions : known?.controls;
          if (subjects === undefined || subjects.has(subject)) return;
          const message =
            kind === 'exception'
              ? 'no assertion has this id; an exception covers an assertion'
              : 'no control has this id; an attestation speaks for a control such as soc2:CC1.1';
          context.addIssue({ code: 'custom', path: ['subject'], message });
        }),
      )
      .superRefine((decisions, context) => {
        for (const [index, { id }] of decisions.entries()) {
          if (decisions.findIndex((other) => other.id === id) === index) continue;
          context.addIssue({
            code: 'custom',
            path: [index, 'id'],
            message: 'another decision has this id; give each a name of its own',
          });
        }
      }),
  });

/** Reads approved exceptions and attestations, reporting everything wrong in the file at once. */
export function loadDecisions(
  text: string,
  file: string,
  known: KnownSubjects | undefined,
): { readonly items: readonly Decision[]; readonly problems: readonly Problem[] } {
  const { value, problems } = readYamlFile(text, file, decisionFile(known));
  return { items: value?.decisions ?? [], problems };
}
