import type { Incident } from '../domain/incident.ts';
import { compareLevels, levels } from '../domain/severity.ts';
import { shortId } from '../lib/hash.ts';
import { MAX_FINDING_IDS } from './incidents.ts';

const RUNBOOK = `1. Open the incident list and take the oldest one of the highest level first: many incidents at once often have one origin.
2. Look for what they share: one actor, one deployment, one subscription, one rule that changed.
3. If a rule or a source is at fault, fix that; this incident resolves when all of its incidents have.`;

/** How many of each, most first, then by name: `2 critical, 21 high`. */
function tally(values: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

/** One incident that stands for many new ones. Its key follows from what it covers, so telling it twice tells once. */
export function stormOf(incidents: readonly Incident[]): Incident {
  const keys = incidents.map(({ key }) => key).toSorted();
  const worst = incidents.reduce((a, b) => (compareLevels(b.level, a.level) > 0 ? b : a));
  const perLevel = levels
    .toReversed()
    .map((level) => [level, incidents.filter((incident) => incident.level === level).length] as const)
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count} ${level}`);
  const [assertion = '', onAssertion = 0] = tally(incidents.map((incident) => incident.assertion))[0] ?? [];
  const newest = incidents.toSorted((a, b) => a.lastSeen - b.lastSeen || (a.key < b.key ? -1 : 1));
  return {
    key: `inc-storm-${shortId(20, ...keys)}`,
    title: `${incidents.length} new incidents at once: ${perLevel.join(', ')}; ${onAssertion} on ${assertion}`,
    level: worst.level,
    assertion,
    resourceId: undefined,
    state: 'open',
    firstSeen: Math.min(...incidents.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...incidents.map(({ lastSeen }) => lastSeen)),
    count: incidents.reduce((sum, { count }) => sum + count, 0),
    findingIds: newest.flatMap(({ findingIds }) => findingIds.slice(-1)).slice(-MAX_FINDING_IDS),
    controls: [...new Set(incidents.flatMap(({ controls }) => controls))].toSorted(),
    runbook: RUNBOOK,
  };
}
