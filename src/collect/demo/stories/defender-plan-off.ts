import { armCall } from '../activity.ts';
import { assessmentNames } from '../assessments.ts';
import { subscription } from '../estate.ts';
import { later, portalSignIn } from '../story.ts';
import type { Story } from '../story.ts';
import { admins, strangers } from '../tenant.ts';
import { guid } from '../text.ts';

/** The Defender plan that watches the models is switched to the free tier in the evening. */
export const defenderPlanOff: Story = {
  id: 'defender-plan-off',
  title: 'Defender plan for AI services switched off',
  summary: 'admin.jude.merrick sets the AI plan of Defender for Cloud to Free for the whole subscription.',
  detections: ['defender_plan_disabled'],
  play: ({ at, random, dayEnd }) => {
    const time = at(21, 10);
    const resourceId = `${subscription}/providers/Microsoft.Security/pricings/AI`;
    const call = {
      time,
      action: 'Microsoft.Security/pricings/write',
      resourceId,
      caller: admins.jude,
      ip: strangers.onJude,
      correlationId: guid(random),
      body: { properties: { pricingTier: 'Free' } },
    };
    return {
      records: [
        portalSignIn(admins.jude, later(time, -5), random, strangers.onJude),
        ...armCall(call, random),
      ],
      faults: [
        { assessment: assessmentNames.aiPlan, resourceId: subscription, from: later(time, 36), to: dayEnd },
      ],
      resources: [resourceId.toLowerCase(), subscription.toLowerCase()],
      from: time,
      to: later(time, 1),
    };
  },
};
