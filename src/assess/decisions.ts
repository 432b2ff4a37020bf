import { z } from 'zod';
import type { Decision } from '../domain/control.ts';
import type { Problem } from '../lib/errors.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';

const Moment = z
  .string()
  .refine(
    (text) => !Number.isNaN(Date.parse(text)),
    'not an ISO 8601 time such as 2026-03-02 or 2026-03-02T09:00:00Z',
  )
  .transform((text) => Date.parse(text));

const DecisionFile = z.strictObject({
  decisions: z.array(
    z
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
        reason: z.string().min(1).describe('Why, in a sentence that an auditor can judge.'),
        requestedBy: z.string().min(1).describe('Who asked.'),
        approvedBy: z.string().min(1).describe('Who approved; never the one who asked.'),
        from: Moment.describe('Valid from this moment on.'),
        expires: Moment.describe('Lapses by itself at this moment; there is no exception without an end.'),
      })
      .refine(({ requestedBy, approvedBy }) => requestedBy !== approvedBy, {
        path: ['approvedBy'],
        message: 'whoever asks for a decision cannot approve it',
      })
      .refine(({ from, expires }) => from < expires, {
        path: ['expires'],
        message: 'it ends before it begins',
      }),
  ),
});

/** Reads approved exceptions and attestations; `known` are the assertion and control ids they may speak about. */
export function loadDecisions(
  text: string,
  file: string,
  known: { readonly assertions: ReadonlySet<string>; readonly controls: ReadonlySet<string> },
): { readonly items: readonly Decision[]; readonly problems: readonly Problem[] } {
  const { value, problems } = readYamlFile(text, file, DecisionFile);
  if (value === undefined) return { items: [], problems };
  const found: Problem[] = [];
  const ids = new Set<string>();
  for (const { id, kind, subject } of value.decisions) {
    const problem = (what: string, fix: string): void =>
      void found.push({ file, ...placeOf(text, id), what, fix });
    if (ids.has(id)) problem(`id "${id}" is used twice`, 'give each decision a name of its own');
    ids.add(id);
    const isKnown = kind === 'exception' ? known.assertions.has(subject) : known.controls.has(subject);
    if (!isKnown)
      problem(
        `${kind} ${id} speaks about "${subject}", which does not exist`,
        kind === 'exception' ? 'name an assertion id' : 'name a control id such as soc2:CC1.1',
      );
  }
  return { items: found.length === 0 ? value.decisions : [], problems: found };
}

/** Line and column of the decision's id. */
function placeOf(text: string, id: string): { line: number; column: number } {
  const lines = text.split('\n');
  const line = lines.findIndex((candidate) => candidate.includes('id:') && candidate.includes(id));
  return { line: Math.max(line, 0) + 1, column: Math.max(lines[line]?.indexOf(id) ?? 0, 0) + 1 };
}
