import { z } from 'zod';
import { HOUR_MS } from '../../lib/clock.ts';

export const storyIds = [
  'break-glass',
  'key-theft',
  'public-ai',
  'filter-weakened',
  'training-data-bulk',
  'admin-mfa-off',
  'owner-granted',
  'vault-purge-off',
  'diagnostics-off',
  'defender-plan-off',
] as const;
export type StoryId = (typeof storyIds)[number];

/** How many records an unscaled day holds, about. */
export const DAY_RECORDS = 62_000;

export const demoSettings = z.strictObject({
  type: z.literal('demo'),
  seed: z.string().min(1).default('plumbline').describe('The same seed gives the same bytes.'),
  stories: z
    .union([z.boolean(), z.array(z.enum(storyIds))])
    .default(true)
    .describe('Which incidents happen: all, none, or those named.'),
  records: z
    .int()
    .min(1_000)
    .max(2_000_000)
    .default(DAY_RECORDS)
    .describe('About how many records of ordinary traffic the day holds.'),
  // On the hour, because services empty their buffers by the clock.
  start: z.iso
    .datetime()
    .refine(
      (text) => Date.parse(text) % HOUR_MS === 0,
      'must be on the hour, for example 2026-03-02T00:00:00Z',
    )
    .default('2026-03-02T00:00:00Z')
    .describe('First moment of the day, ISO 8601 in UTC, on the hour.'),
});
export type DemoSettings = z.infer<typeof demoSettings>;

/** What decides the stories and their times. */
export type StorySettings = Pick<DemoSettings, 'seed' | 'stories' | 'start'>;

export const tells = (settings: StorySettings, id: StoryId): boolean =>
  Array.isArray(settings.stories) ? settings.stories.includes(id) : settings.stories;
