import { assessmentNames } from '../assessments.ts';
import { directoryChange } from '../entra-audit.ts';
import { subscription } from '../estate.ts';
import { apps } from '../sign-in-facts.ts';
import { entraResource, userSignIn } from '../sign-ins.ts';
import { later } from '../story.ts';
import type { Story } from '../story.ts';
import { admins, strangers } from '../tenant.ts';

/** An administrator loses their second factor, signs in without it, and gets it back two hours later. */
export const adminMfaOff: Story = {
  id: 'admin-mfa-off',
  title: 'MFA disabled for an administrator',
  summary:
    'admin.viktor.hale disables MFA of admin.tilda.bergman, whose account enters the portal with a password alone; enabled again later.',
  detections: ['entra_admin_mfa_disabled', 'entra_portal_signin_single_factor'],
  play: ({ at, random }) => {
    const person = admins.tilda;
    const disabled = at(14, 5);
    const signedIn = later(disabled, 17);
    const enabled = at(16, 40);
    const target = { id: person.id, name: person.name, type: 'User', upn: person.upn };
    const change = { category: 'UserManagement', by: admins.viktor, target } as const;
    const requirement = (from: string, to: string) => [
      { property: 'StrongAuthenticationRequirement', from, to },
    ];
    return {
      records: [
        {
          hub: 'entra',
          time: disabled,
          record: directoryChange(
            {
              ...change,
              time: disabled,
              activity: 'Disable Strong Authentication',
              changes: requirement('["Enforced"]', '[]'),
            },
            random,
          ),
        },
        ...[signedIn, later(signedIn, 38)].map((time) => ({
          hub: 'entra' as const,
          time,
          record: userSignIn(
            {
              time,
              person,
              app: apps.portal,
              isInteractive: true,
              authentication: 'singleFactorAuthentication',
              ip: strangers.onTilda,
            },
            random,
          ),
        })),
        {
          hub: 'entra',
          time: enabled,
          record: directoryChange(
            {
              ...change,
              time: enabled,
              activity: 'Enable Strong Authentication',
              changes: requirement('[]', '["Enforced"]'),
            },
            random,
          ),
        },
      ],
      holds: [{ id: person.id, from: disabled, to: later(enabled, 5) }],
      faults: [
        {
          assessment: assessmentNames.ownerMfa,
          resourceId: subscription,
          from: later(disabled, 46),
          to: later(enabled, 40),
        },
      ],
      resources: [entraResource.toLowerCase(), person.upn, person.id, subscription.toLowerCase()],
      from: disabled,
      to: later(signedIn, 39),
    };
  },
};
