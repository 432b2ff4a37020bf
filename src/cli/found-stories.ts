import { demoStories } from '../collect/demo/stories.ts';
import type { DemoStory } from '../collect/demo/stories.ts';
import type { Finding } from '../domain/finding.ts';
import { causeOf } from '../domain/incident.ts';
import { columns } from './text.ts';

export interface FoundStory {
  readonly story: DemoStory;
  readonly findings: readonly Finding[];
  /** Detections of the story that found nothing on its resources in its time. */
  readonly missing: readonly string[];
}

/**
 * A story is found when each of its detections has a finding on the story's own resources, in its own time. What
 * correlations make of those belongs to it.
 */
export function findStories(
  settings: Parameters<typeof demoStories>[0],
  findings: readonly Finding[],
): readonly FoundStory[] {
  return demoStories(settings).map((story) => {
    const resources = new Set(story.resources);
    const own = findings.filter(
      (finding) =>
        story.detections.includes(finding.detectionName) &&
        finding.time >= story.from &&
        finding.time <= story.to &&
        [causeOf(finding).subject, finding.resourceId, finding.target?.toLowerCase()].some(
          (name) => name !== undefined && resources.has(name),
        ),
    );
    const events = new Set(own.map(({ eventId }) => eventId));
    const correlated = findings.filter((finding) => isMadeOf(finding, events));
    const seen = new Set(own.map(({ detectionName }) => detectionName));
    return {
      story,
      findings: [...own, ...correlated],
      missing: story.detections.filter((name) => !seen.has(name)),
    };
  });
}

/** True for the finding of a correlation that names one of the events: what it tells is part of their story. */
const isMadeOf = ({ matched }: Finding, events: ReadonlySet<string>): boolean =>
  matched.some(({ field, value }) => field === 'event' && events.has(value));

/** A line for each story: found or missed, what it was, how many findings tell it. */
export function storyLines(found: readonly FoundStory[]): string[] {
  const whole = found.filter(({ missing }) => missing.length === 0).length;
  const rows = found.map(({ story, findings, missing }) => [
    missing.length === 0 ? '✓' : '✕',
    story.title,
    missing.length === 0
      ? `${findings.length} finding${findings.length === 1 ? '' : 's'}`
      : `not found by ${missing.join(', ')}`,
  ]);
  return [`Planted stories: ${whole} of ${found.length} found`, ...columns(rows).map((line) => `  ${line}`)];
}
