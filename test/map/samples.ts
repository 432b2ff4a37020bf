import { stringify } from 'yaml';
import { loadMappings } from '../../src/map/load.ts';
import type { LoadedMappings, MappingTexts } from '../../src/map/load.ts';
import type { DetectionFacts } from '../../src/map/lint.ts';
import type { EventClass } from '../../src/domain/event.ts';

export const anAssertionItem = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'logging.kept',
  title: 'Logging stays on',
  description: 'No diagnostic setting is deleted.',
  owner: 'Platform lead',
  watches: ['azure_activity'],
  freshness: '24h',
  holds: '7d',
  grace: '0s',
  postures: [],
  ...over,
});

export const aMappingItem = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  assertion: 'logging.kept',
  strength: 'partial',
  rationale: 'Logs show what happened, so they have to stay on.',
  reviewer: 'tester 2026-11',
  ...over,
});

export const aControlItem = (
  ref: string,
  mappings: readonly unknown[] = [aMappingItem()],
): Record<string, unknown> => ({ ref, title: `Control ${ref}`, mappings });

export const aFrameworkFile = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'house',
  title: 'House rules',
  version: '1',
  source: 'written for this test',
  controls: [aControlItem('H.1')],
  ...over,
});

export const textsOf = (
  assertions: readonly unknown[] = [anAssertionItem()],
  frameworks: readonly unknown[] = [aFrameworkFile()],
): MappingTexts => ({
  assertions: { file: 'assertions.yml', text: stringify({ assertions }) },
  frameworks: frameworks.map((framework, index) => ({ file: `f${index}.yml`, text: stringify(framework) })),
});

export const loaded = (...args: Parameters<typeof textsOf>): LoadedMappings => loadMappings(textsOf(...args));

export const aDetectionFact = (over: Partial<DetectionFacts> = {}): DetectionFacts => ({
  name: 'azure_setting_deleted',
  file: 'azure/activity/azure_setting_deleted.yml',
  assertion: 'logging.kept',
  logSource: { product: 'azure', service: 'activitylogs' },
  observes: 'fail',
  ...over,
});

export const classes: readonly EventClass[] = [
  {
    id: 'azure_activity',
    title: 'Activity Log',
    logSources: [{ product: 'azure', service: 'activitylogs' }],
  },
  { id: 'key_vault', title: 'Key Vault', logSources: [{ product: 'azure', service: 'keyvault' }] },
  {
    id: 'defender_alert',
    title: 'Defender alert',
    logSources: [{ product: 'azure', service: 'defender_alert' }],
  },
];
