import { DAY_MS } from '../../lib/clock.ts';
import type { Disturbances, Planned } from './clockwork.ts';
import { tells } from './settings.ts';
import type { StoryId, StorySettings } from './settings.ts';
import { sceneOf } from './story.ts';
import type { Plot, Story } from './story.ts';
import { adminMfaOff } from './stories/admin-mfa-off.ts';
import { breakGlassUsed } from './stories/break-glass.ts';
import { defenderPlanOff } from './stories/defender-plan-off.ts';
import { diagnosticsOff } from './stories/diagnostics-off.ts';
import { filterWeakened } from './stories/filter-weakened.ts';
import { keyTheft } from './stories/key-theft.ts';
import { ownerGranted } from './stories/owner-granted.ts';
import { publicAi } from './stories/public-ai.ts';
import { trainingDataBulk } from './stories/training-data-bulk.ts';
import { vaultPurgeOff } from './stories/vault-purge-off.ts';

/** In the order of the day. */
const stories: readonly Story[] = [
  breakGlassUsed,
  keyTheft,
  publicAi,
  filterWeakened,
  trainingDataBulk,
  adminMfaOff,
  ownerGranted,
  vaultPurgeOff,
  diagnosticsOff,
  defenderPlanOff,
];

/** What a planted incident is, and where and when its findings must lie. */
export interface DemoStory {
  readonly id: StoryId;
  readonly title: string;
  readonly summary: string;
  /** Names of the detections that must find it. */
  readonly detections: readonly string[];
  /** What its findings may name as their resource or target, lower-cased. */
  readonly resources: readonly string[];
  /** Epoch ms of the first and the last thing to be found, both included. */
  readonly from: number;
  readonly to: number;
}

interface Told {
  readonly story: Story;
  readonly plot: Plot;
}

function tell(settings: StorySettings): readonly Told[] {
  const start = Date.parse(settings.start);
  return stories
    .filter(({ id }) => tells(settings, id))
    .map((story) => ({ story, plot: story.play(sceneOf(settings.seed, story.id, start, start + DAY_MS)) }));
}

/** The incidents planted by these settings, in the order of the day. */
export const demoStories = (settings: StorySettings): readonly DemoStory[] =>
  tell(settings).map(({ story: { id, title, summary, detections }, plot: { resources, from, to } }) => ({
    id,
    title,
    summary,
    detections,
    resources,
    from,
    to,
  }));

/** The stories' own records, and what they do to the rest of the day. */
export function storyPlan(settings: StorySettings): Disturbances & { readonly records: readonly Planned[] } {
  const plots = tell(settings).map(({ plot }) => plot);
  return {
    records: plots.flatMap(({ records }) => records),
    holds: plots.flatMap(({ holds }) => holds ?? []),
    silences: plots.flatMap(({ silences }) => silences ?? []),
    faults: plots.flatMap(({ faults }) => faults ?? []),
  };
}
