import type { z } from 'zod';
import { createByType, settingsUnion } from '../lib/registry.ts';
import type { Collector, CollectorContext } from './collector.ts';
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

/** True when several threads may read such a source at once, each some of its streams. */
export const isShared = ({ type }: CollectorSettings): boolean =>
  collectors.some((collector) => collector.type === type && collector.isShared === true);
