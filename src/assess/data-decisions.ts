import { z } from 'zod';
import type { ErasureDecision, LegalHold } from '../domain/retention.ts';
import type { Problem } from '../lib/errors.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';

/** A day in UTC, or a moment with its zone: what a time without one means depends on the machine that reads it. */
export const Moment = z
  .string()
  .refine(
    (text) =>
      /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text) &&
      !Number.isNaN(Date.parse(text)),
    'not an ISO 8601 time such as 2026-03-02 or 2026-03-02T09:00:00Z',
  )
  .transform((text) => Date.parse(text));

export const Person = z.string().trim().min(1);

const who = {
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'letters, digits, dots and dashes, such as ERA-2026-004'),
  reason: z
    .string()
    .trim()
    .min(1)
    .describe('Why. It goes into the evidence log for ever, so it names nobody whose data is concerned.'),
  requestedBy: Person.describe('Who asked: a role, not the person concerned.'),
  approvedBy: Person.describe('Who approved; never the one who asked.'),
};

export const twoPeople = ({
  requestedBy,
  approvedBy,
}: {
  requestedBy: string;
  approvedBy: string;
}): boolean => requestedBy.toLowerCase() !== approvedBy.toLowerCase();
export const notAlone = { path: ['approvedBy'], message: 'whoever asks for a decision cannot approve it' };

const HoldItem = z
  .strictObject({
    ...who,
    covers: z.array(z.string().min(1)).min(1).default(['*']).describe("Event classes, tables, or '*'."),
    from: Moment.describe('First day of the data that is held.'),
    to: Moment.optional().describe('Data from then on is free; all later data is held when left out.'),
    expires: Moment.optional().describe('The hold itself ends then; never when left out.'),
  })
  .refine(twoPeople, notAlone)
  .transform((hold): LegalHold => ({ ...hold, to: hold.to ?? Infinity, expires: hold.expires }));

const ErasureItem = z
  .strictObject(who)
  .refine(twoPeople, notAlone)
  .transform((erasure): ErasureDecision => erasure);

/** Legal holds and erasures, beside exceptions and attestations in one file or in a file of their own. */
export const dataDecisions = {
  holds: z.array(HoldItem).default([]),
  erasures: z.array(ErasureItem).default([]),
};

const DataDecisionFile = z.object(dataDecisions);

/** Reads the decisions of a file that are about data itself; other decisions in it are passed over. */
export function loadDataDecisions(
  text: string,
  file: string,
): {
  readonly holds: readonly LegalHold[];
  readonly erasures: readonly ErasureDecision[];
  readonly problems: readonly Problem[];
} {
  const { value, problems } = readYamlFile(text, file, DataDecisionFile);
  return { holds: value?.holds ?? [], erasures: value?.erasures ?? [], problems };
}
