import { z } from 'zod';
import { parsePeriod } from '../domain/retention.ts';
import type { RetentionRule } from '../domain/retention.ts';
import type { Problem } from '../lib/errors.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';

const PeriodText = z
  .string()
  .refine((text) => parsePeriod(text) !== undefined, 'not a period such as 6y, 12mo or 90d');

const period = PeriodText.transform((text) => parsePeriod(text));

const RetentionFile = z.strictObject({
  rules: z.array(
    z
      .strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
        framework: z.string().min(1).describe('The framework that asks for it.'),
        covers: z.array(z.string().min(1)).min(1).describe("Event classes, tables of the lake, or '*'."),
        atLeast: period.optional().describe('6y, 12mo or 90d; left out where a framework only limits.'),
        readable: period.optional().describe('What is this young must be readable at once.'),
        source: z.string().min(1).describe('Article or section, and what of it is practice.'),
      })
      .transform((rule): RetentionRule => ({ ...rule, atLeast: rule.atLeast, readable: rule.readable })),
  ),
});

/** Reads the periods of retention; `file` is for problems alone. */
export function loadRetention(
  text: string,
  file: string,
): { readonly rules: readonly RetentionRule[]; readonly problems: readonly Problem[] } {
  const { value, problems } = readYamlFile(text, file, RetentionFile);
  return { rules: value?.rules ?? [], problems };
}
