import { armCall } from '../activity.ts';
import { assessmentNames } from '../assessments.ts';
import type { Planned } from '../clockwork.ts';
import { region, vaults } from '../estate.ts';
import { vaultCall } from '../key-vault.ts';
import { later } from '../story.ts';
import type { Story } from '../story.ts';
import { admins, strangers } from '../tenant.ts';
import { guid } from '../text.ts';

/** Purge protection goes, and the key that the training data is encrypted with is purged for good. */
export const vaultPurgeOff: Story = {
  id: 'vault-purge-off',
  title: 'Purge protection switched off and a key purged',
  summary:
    'admin.tilda.bergman, from the address of that sign-in, turns purge protection of kv-train-01 off and purges the key training-cmk.',
  detections: ['key_vault_purge_protection_disabled', 'key_vault_object_purged'],
  play: ({ at, random, dayEnd }) => {
    const vault = vaults.training;
    const caller = admins.tilda;
    const changed = at(16, 15);
    const object = '/keys/training-cmk';
    const purgedKey = '/deletedkeys/training-cmk';
    const deleted = later(changed, 24);
    const purged = later(changed, 33);
    const write = {
      time: changed,
      action: 'Microsoft.KeyVault/vaults/write',
      resourceId: vault.id,
      caller,
      ip: strangers.onTilda,
      correlationId: guid(random),
      body: {
        location: region,
        properties: { enableSoftDelete: true, enablePurgeProtection: false, enableRbacAuthorization: true },
      },
    };
    const steps: Planned[] = [
      { time: deleted, operation: 'KeyDelete', object },
      { time: purged, operation: 'KeyPurge', object: purgedKey },
    ].map((step) => ({
      hub: 'platform',
      time: step.time,
      record: vaultCall({ ...step, vault, caller, ip: strangers.onTilda, httpStatus: 200 }, random),
    }));
    return {
      records: [...armCall(write, random), ...steps],
      holds: [{ id: vault.id, from: changed, to: dayEnd }],
      faults: [
        {
          assessment: assessmentNames.vaultPurge,
          resourceId: vault.id,
          from: later(changed, 38),
          to: dayEnd,
        },
      ],
      resources: [vault.id.toLowerCase(), `https://${vault.name}.vault.azure.net${purgedKey}`],
      from: changed,
      to: later(purged, 1),
    };
  },
};
