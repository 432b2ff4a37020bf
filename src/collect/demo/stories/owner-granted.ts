import { armCall } from '../activity.ts';
import { assessmentNames } from '../assessments.ts';
import { directoryChange } from '../entra-audit.ts';
import { roles, subscription } from '../estate.ts';
import { entraResource } from '../sign-ins.ts';
import { later, portalSignIn } from '../story.ts';
import type { Story } from '../story.ts';
import { admins, strangers, workloads } from '../tenant.ts';
import { guid } from '../text.ts';

/** A batch job's application becomes Owner of the subscription and gets a second secret: a door that stays. */
export const ownerGranted: Story = {
  id: 'owner-granted',
  title: 'Owner granted to a service principal, then a secret added',
  summary:
    'admin.jude.merrick makes sp-claims-batch Owner of the subscription and adds a client secret to it.',
  detections: ['azure_owner_role_assigned', 'entra_app_credential_added'],
  play: ({ at, random, dayEnd }) => {
    const granted = at(15, 10);
    const added = later(granted, 21);
    const principal = workloads.claimsBatch;
    const ip = strangers.onJude;
    const assignment = {
      time: granted,
      action: 'Microsoft.Authorization/roleAssignments/write',
      resourceId: `${subscription}/providers/Microsoft.Authorization/roleAssignments/${guid(random)}`,
      caller: admins.jude,
      ip,
      role: 'Owner',
      correlationId: guid(random),
      body: {
        Id: guid(random),
        Properties: {
          RoleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roles.owner}`,
          PrincipalId: principal.id,
          PrincipalType: 'ServicePrincipal',
          Scope: subscription,
        },
      },
    } as const;
    const keyId = guid(random);
    const credential = {
      time: added,
      // An en dash and a trailing space: Entra writes it so.
      activity: 'Update application – Certificates and secrets management ',
      category: 'ApplicationManagement',
      by: admins.jude,
      ip,
      target: { id: principal.appId, name: principal.name, type: 'Application' },
      changes: [
        {
          property: 'KeyDescription',
          from: '[]',
          to: JSON.stringify([
            `[KeyIdentifier=${keyId},KeyType=Password,KeyUsage=Verify,DisplayName=batch-2]`,
          ]),
        },
      ],
    } as const;
    return {
      records: [
        portalSignIn(admins.jude, later(granted, -11), random, ip),
        ...armCall(assignment, random),
        { hub: 'entra', time: added, record: directoryChange(credential, random) },
      ],
      faults: [
        {
          assessment: assessmentNames.ownerCount,
          resourceId: subscription,
          from: later(granted, 58),
          to: dayEnd,
        },
      ],
      resources: [
        assignment.resourceId.toLowerCase(),
        subscription.toLowerCase(),
        entraResource.toLowerCase(),
        principal.appId,
        principal.id,
        principal.name,
      ],
      from: granted,
      to: later(added, 1),
    };
  },
};
