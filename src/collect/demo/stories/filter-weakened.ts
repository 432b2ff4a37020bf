import { armCall } from '../activity.ts';
import type { Planned } from '../clockwork.ts';
import { flatAlert } from '../defender.ts';
import { accounts } from '../estate.ts';
import { later, portalSignIn } from '../story.ts';
import type { Story } from '../story.ts';
import { admins } from '../tenant.ts';
import { guid } from '../text.ts';

const harms = ['Hate', 'Sexual', 'Violence', 'Selfharm'] as const;

const weakPolicy = {
  properties: {
    basePolicyName: 'Microsoft.DefaultV2',
    mode: 'Default',
    contentFilters: [
      ...harms.flatMap((name) =>
        (['Prompt', 'Completion'] as const).map((source) => ({
          name,
          blocking: true,
          enabled: true,
          severityThreshold: 'High',
          source,
        })),
      ),
      { name: 'Jailbreak', blocking: false, enabled: true, source: 'Prompt' },
      { name: 'Indirect Attack', blocking: false, enabled: false, source: 'Prompt' },
    ],
  },
};

/** A content filter is set to annotate only, and within the hour jailbreaks get through to the model. */
export const filterWeakened: Story = {
  id: 'filter-weakened',
  title: 'Content filter weakened, then jailbreaks went through',
  summary:
    'admin.viktor.hale lets jailbreak prompts pass on aoai-clinical; Defender reports three that were not blocked.',
  detections: ['azure_openai_content_filter_weakened', 'defender_ai_jailbreak_not_blocked'],
  play: ({ at, random }) => {
    const account = accounts.clinical;
    const weakened = at(11, 20);
    const alerts: Planned[] = [34, 51, 78].map((minutes) => {
      const time = later(weakened, minutes);
      const facts = {
        time,
        type: 'AI.Azure_Jailbreak.ContentFiltering.DetectedAttempt',
        title:
          'A Jailbreak attempt on an Azure OpenAI model deployment was detected by Azure AI Content Safety Prompt Shields',
        description:
          'A prompt tried to change the system prompt. It was detected, and not blocked because of the content filter settings.',
        severity: 'Medium',
        intent: 'PrivilegeEscalation, DefenseEvasion',
        resourceId: account.id,
        entity: account.name,
        entities: [{ $id: '4', Address: '203.0.113.61', Asset: false, Type: 'ip' }],
        details: { 'Azure AI deployment name': account.deployments[0].name },
      } as const;
      return { hub: 'defender-export', time, record: flatAlert(facts, random) };
    });
    const policy = {
      time: weakened,
      action: 'Microsoft.CognitiveServices/accounts/raiPolicies/write',
      resourceId: `${account.id}/raiPolicies/clinical-relaxed`,
      caller: admins.viktor,
      correlationId: guid(random),
      body: weakPolicy,
    };
    return {
      records: [
        portalSignIn(admins.viktor, later(weakened, -4), random),
        ...armCall(policy, random),
        ...alerts,
      ],
      resources: [account.id.toLowerCase(), policy.resourceId.toLowerCase()],
      from: weakened,
      to: later(weakened, 79),
    };
  },
};
