import { armCall } from '../activity.ts';
import { assessmentNames } from '../assessments.ts';
import { accounts, region } from '../estate.ts';
import { later, portalSignIn } from '../story.ts';
import type { Story } from '../story.ts';
import { admins, workloads } from '../tenant.ts';
import { guid } from '../text.ts';

const network = (access: 'Enabled' | 'Disabled') => ({
  location: region,
  kind: 'AIServices',
  properties: {
    publicNetworkAccess: access,
    networkAcls: { defaultAction: access === 'Enabled' ? 'Allow' : 'Deny', ipRules: [] },
  },
});

/** An administrator opens an account to the internet to try something, and closes it after lunch. */
export const publicAi: Story = {
  id: 'public-ai',
  title: 'AI account opened to the public network',
  summary:
    'admin.samir.qureshi opens ai-research to every network; Defender sees it; the pipeline closes it three hours later.',
  detections: ['azure_ai_public_network_access_enabled'],
  play: ({ at, random }) => {
    const resourceId = accounts.research.id;
    const action = 'Microsoft.CognitiveServices/accounts/write';
    const opened = at(10, 5);
    const closed = at(13, 20);
    const call = { action, resourceId, isAsync: true };
    return {
      records: [
        portalSignIn(admins.samir, later(opened, -6), random),
        ...armCall(
          {
            ...call,
            time: opened,
            caller: admins.samir,
            body: network('Enabled'),
            correlationId: guid(random),
          },
          random,
        ),
        ...armCall(
          {
            ...call,
            time: closed,
            caller: workloads.terraform,
            body: network('Disabled'),
            correlationId: guid(random),
          },
          random,
        ),
      ],
      holds: [{ id: resourceId, from: opened, to: closed }],
      faults: [
        { assessment: assessmentNames.aiNetwork, resourceId, from: later(opened, 27), to: later(closed, 31) },
      ],
      resources: [resourceId.toLowerCase()],
      from: opened,
      to: later(opened, 30),
    };
  },
};
