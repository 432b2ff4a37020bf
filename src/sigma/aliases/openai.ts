import { resourceEnvelope, seenIn } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

/** Azure OpenAI and AI Services accounts: requests, traces, audit. */
export const openAi: AliasTable = {
  product: 'azure',
  service: 'openai',
  paths: [
    ...realPaths(seenIn.openAiSamples, `${resourceEnvelope} event Tenant AssetIdentity`),
    ...realPaths(
      seenIn.openAiSamples,
      'apiName requestTime requestLength responseTime responseLength objectId streamType modelDeploymentName ' +
        'modelName modelVersion',
      'properties.',
    ),
  ],
  names: named(seenIn.diagnosticsTable, {
    TimeGenerated: 'time',
    _ResourceId: 'resourceId',
    event_s: 'event',
    location_s: 'location',
    properties_s: 'properties',
  }),
  words: [],
};
