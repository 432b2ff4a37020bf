import { armCall } from '../activity.ts';
import type { Planned } from '../clockwork.ts';
import { accounts } from '../estate.ts';
import { accountAudit, modelCall } from '../openai.ts';
import { later, portalSignIn } from '../story.ts';
import type { Story } from '../story.ts';
import { people, workloads } from '../tenant.ts';
import { guid } from '../text.ts';

const insider = 'leo.hartmann@';

/** The key of an account is listed, and half an hour later somebody outside works with it. */
export const keyTheft: Story = {
  id: 'key-theft',
  title: 'Azure OpenAI key listed, then used from the internet',
  summary:
    'Leo Hartmann lists the keys of aoai-claims; soon 203.0.113.0/24 calls its models with a key. Regenerated in the afternoon.',
  detections: ['azure_openai_keys_listed', 'azure_openai_key_used_from_public_network'],
  play: ({ at, random }) => {
    const account = accounts.claims;
    const listed = at(8, 40);
    const caller = people.find(({ upn }) => upn.startsWith(insider));
    if (caller === undefined) throw new RangeError(`the roster has nobody called ${insider}`);
    const management = { resourceId: account.id, correlationId: guid(random) };
    const records: Planned[] = [
      portalSignIn(caller, later(listed, -9), random),
      ...armCall(
        {
          ...management,
          time: listed,
          caller,
          action: 'Microsoft.CognitiveServices/accounts/listKeys/action',
        },
        random,
      ),
      {
        hub: 'ai-diagnostics',
        time: listed + 900,
        record: accountAudit(listed + 900, account, 'ListKey', caller.id, random),
      },
    ];
    const firstUse = later(listed, 28);
    let time = firstUse;
    for (let call = 0; call < 64; call++) {
      records.push({
        hub: 'ai-diagnostics',
        time,
        record: modelCall(
          {
            time,
            account,
            deployment: random.pick(account.deployments),
            objectId: '',
            maskedIp: '203.0.113.***',
            status: random.chance(0.06) ? 429 : 200,
            requestLength: random.int(40_000, 96_000),
            responseLength: random.int(11_000, 30_000),
          },
          random,
        ),
      });
      time += random.int(4_000, 50_000);
    }
    const mended = {
      resourceId: account.id,
      correlationId: guid(random),
      time: at(14, 50),
      caller: workloads.playbooks,
      action: 'Microsoft.CognitiveServices/accounts/regenerateKey/action',
      body: { keyName: 'Key1' },
    };
    records.push(...armCall(mended, random));
    return { records, resources: [account.id.toLowerCase()], from: listed, to: later(time, 1) };
  },
};
