import type { z } from 'zod';
import { createByType, settingsUnion } from '../lib/registry.ts';
import type { Collector, CollectorContext, ProbeContext } from './collector.ts';
import { defenderPosture } from './defender-posture.ts';
import { demo } from './demo.ts';
import { eventHubs } from './event-hubs.ts';
import { files } from './files.ts';
import { kafka } from './kafka.ts';
import { logAnalytics } from './log-analytics.ts';
import { pipelineResults } from './pipeline-results.ts';
import { storageBlobs } from './storage-blobs.ts';

/** Every kind of collector. A new one is its own file and its name here. */
export const collectors = [
  defenderPosture,
  demo,
  eventHubs,
  files,
  kafka,
  logAnalytics,
  pipelineResults,
  storageBlobs,
] as const;

export const CollectorSettings = settingsUnion(collectors);
export type CollectorSettings = z.infer<typeof CollectorSettings>;

/** Makes the collector that the settings name. */
export const createCollector = (settings: CollectorSettings, context: CollectorContext): Collector =>
  createByType(collectors, settings, context);

/** How a source can be tried without reading it; undefined where there is nothing to sign in to. */
export function probeOf(
  settings: CollectorSettings,
): ((context: ProbeContext) => Promise<string>) | undefined {
  const kind = collectors.find(({ type }) => type === settings.type);
  const probe = kind !== undefined && 'probe' in kind ? kind.probe : undefined;
  // The schema of the union has told the kinds apart.
  return probe === undefined ? undefined : (context) => probe(settings as never, context);
}

/** True when several threads may read such a source at once, each some of its streams. */
export const isShared = ({ type }: CollectorSettings): boolean =>
  collectors.some((collector) => collector.type === type && collector.isShared === true);
