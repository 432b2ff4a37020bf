import type { JsonObject } from '../../lib/json.ts';
import { PipelineError } from '../../lib/errors.ts';
import { guidOf } from '../guid.ts';
import type { PublishedFile, Publisher, PublishInput } from '../publisher.ts';
import { workbookFaults } from './check.ts';
import { workbookOf } from './layout.ts';

const name = 'ai-control-evidence';
const displayName = 'AI control evidence (Plumbline)';

/** One Azure Workbook over a Log Analytics workspace: as the portal's JSON, and as an ARM template. */
export const workbook: Publisher = {
  type: 'workbook',
  summary: 'An Azure Workbook: AI access, guardrails, evidence gaps, and the controls they bear on.',
  folder: 'workbooks',
  isCommitted: true,
  generate: async (input) => workbookFiles(input),
};

/** @throws PipelineError CONFIG_INVALID when the workbook would not open; names what is wrong. */
export function workbookFiles(input: PublishInput): readonly PublishedFile[] {
  const notebook = workbookOf(input);
  const faults = workbookFaults(notebook);
  if (faults.length > 0) throw new PipelineError('CONFIG_INVALID', 'publish workbook', faults.join('; '));
  return [
    { path: `${name}.json`, text: printed(notebook) },
    { path: `${name}.arm.json`, text: printed(armTemplate(notebook)) },
  ];
}

const printed = (json: JsonObject): string => `${JSON.stringify(json, undefined, 2)}\n`;

const armTemplate = (notebook: JsonObject): JsonObject => ({
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  metadata: {
    description: 'Azure Workbook. Generated: change the detections, the mappings or the publisher.',
  },
  parameters: {
    workspaceId: {
      type: 'string',
      metadata: {
        description: 'Resource id of the Log Analytics workspace that Microsoft Sentinel runs on.',
      },
    },
    location: { type: 'string', defaultValue: '[resourceGroup().location]' },
  },
  resources: [
    {
      type: 'Microsoft.Insights/workbooks',
      apiVersion: '2023-06-01',
      name: guidOf(`workbook:${name}`),
      location: "[parameters('location')]",
      kind: 'shared',
      properties: {
        displayName,
        category: 'sentinel',
        sourceId: "[parameters('workspaceId')]",
        version: 'Notebook/1.0',
        serializedData: JSON.stringify(notebook),
      },
    },
  ],
});
