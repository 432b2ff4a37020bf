import { z } from 'zod';
import { parseDuration } from '../lib/clock.ts';

const duration = z
  .string('is no duration')
  .refine((text) => parseDuration(text) !== undefined, 'is no duration')
  .describe('write a duration such as 0s, 90m, 24h or 7d');

const words = z.string().trim().min(1, 'is empty');

const assertionItem = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/, 'is no assertion id')
    .describe('write lower-case words joined by dots, such as logging.diagnostic-settings.kept'),
  title: words.describe('write the statement in one line'),
  description: words.describe('say what is observed'),
  owner: words.describe('name the role that answers for it'),
  watches: z.array(words).describe('list event classes, or write []'),
  freshness: duration,
  postureFreshness: duration.optional(),
  holds: duration,
  grace: duration,
  postures: z
    .array(words)
    .describe('list Defender for Cloud assessments by name or key, plans such as pricings/AI, or write []'),
});

/** `mappings/assertions.yml`: the hub between detections and frameworks. */
export const assertionsFile = z.strictObject({
  assertions: z.array(assertionItem).min(1, 'is empty').describe('list at least one assertion'),
});

const mappingItem = z.strictObject({
  assertion: words.describe('name an assertion out of assertions.yml'),
  strength: z
    .enum(['full', 'partial', 'supporting'], 'is no strength')
    .describe('write full, partial or supporting'),
  rationale: z
    .string()
    .trim()
    .min(20, 'is too short to be a reason')
    .describe('say in a sentence why the assertion is evidence for the control'),
  reviewer: words.describe('say who reviewed the mapping, and when'),
});

const controlItem = z.strictObject({
  ref: words.describe('write the id as the framework writes it'),
  title: words.describe('write a short title in our own words'),
  /** HIPAA only: whether a specification is addressable (true) or required (false). */
  addressable: z.boolean().optional(),
  mappings: z.array(mappingItem).default([]),
});

/** One file a framework: `mappings/soc2.yml`. */
export const frameworkFile = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, 'is no framework id')
    .describe('write it in lower case without spaces, such as soc2'),
  title: words.describe('write the name people use'),
  version: words.describe('write the edition as text, in quotes'),
  source: words.describe('say where the ids come from'),
  controls: z.array(controlItem).min(1, 'is empty').describe('list the controls'),
});
