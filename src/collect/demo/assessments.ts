import {
  accountList,
  cluster,
  jumpHost,
  learning,
  search,
  storage,
  storageList,
  subnet,
  subscription,
  vaultList,
} from './estate.ts';

/** A built-in recommendation of Defender for Cloud, and the resources of the estate it looks at. */
export interface AssessmentType {
  /** Assessment key; the same in every tenant. Zeroed where Microsoft publishes none. */
  readonly key: string;
  readonly name: string;
  readonly severity: 'High' | 'Medium' | 'Low';
  readonly category: 'Networking' | 'IdentityAndAccess' | 'Data' | 'Compute';
  readonly resources: readonly string[];
  /** Resources that are exempt, or that it does not apply to. */
  readonly notApplicable: readonly string[];
}

export const assessmentNames = {
  aiNetwork: 'Azure AI Services resources should restrict network access',
  aiKeys: 'Azure AI Services resources should have key access disabled (disable local authentication)',
  aiDiagnostics: 'Diagnostic logs in Azure AI services resources should be enabled',
  aiPlan: 'Microsoft Defender for AI Services should be enabled',
  vaultPurge: 'Key vaults should have purge protection enabled',
  ownerMfa: 'Accounts with owner permissions on Azure resources should be MFA enabled',
  ownerCount: 'A maximum of 3 owners should be designated for subscriptions',
  storageKeys: 'Storage accounts should prevent shared key access',
} as const;

type Row = readonly [key: string, name: string, severity: AssessmentType['severity']];

const about = (
  category: AssessmentType['category'],
  resources: readonly string[],
  rows: readonly Row[],
  notApplicable: readonly string[] = [],
): readonly AssessmentType[] =>
  rows.map(([key, name, severity]) => ({ key, name, severity, category, resources, notApplicable }));

const ai = accountList.map(({ id }) => id);
const withKeys = accountList.filter(({ isKeyless }) => !isKeyless).map(({ id }) => id);
const vaults = vaultList.map(({ id }) => id);
const storages = storageList.map(({ id }) => id);
const names = assessmentNames;

export const assessmentTypes: readonly AssessmentType[] = [
  ...about('Networking', ai, [
    ['f738efb8-005f-680d-3d43-b3db762d6243', names.aiNetwork, 'Medium'],
    [
      '00000000-0000-0000-0000-0000000d7001',
      'Azure AI Services resources should use Azure Private Link',
      'Medium',
    ],
  ]),
  ...about(
    'IdentityAndAccess',
    ai,
    [['13b10b36-aa99-4db6-b00c-dcf87c4761e6', names.aiKeys, 'Medium']],
    withKeys,
  ),
  ...about('Data', ai, [
    [
      '18bf29b3-a844-e170-2826-4e95d0ba4dc9',
      'Azure AI Services resources should encrypt data at rest with a customer-managed key (CMK)',
      'Low',
    ],
  ]),
  ...about(
    'Data',
    [...ai, search.id],
    [['dea5192e-1bb3-101b-b70c-4646546f5e1e', names.aiDiagnostics, 'Low']],
  ),
  ...about(
    'Networking',
    [learning.id],
    [
      [
        '00000000-0000-0000-0000-0000000d7002',
        'Azure Machine Learning Workspaces should disable public network access',
        'Medium',
      ],
      [
        '00000000-0000-0000-0000-0000000d7003',
        'Azure Machine Learning workspaces should be encrypted with a customer-managed key',
        'Low',
      ],
    ],
  ),
  ...about('Data', vaults, [
    ['4ed62ae4-5072-f9e7-8d94-51c76c48159a', names.vaultPurge, 'Medium'],
    ['78211c38-fdb0-da71-ad22-a0e5af5f5a13', 'Key vaults should have soft delete enabled', 'High'],
    ['88bbc99c-e5af-ddd7-6105-6150b2bfa519', 'Diagnostic logs in Key Vault should be enabled', 'Low'],
    [
      '00000000-0000-0000-0000-0000000d7004',
      'Role-Based Access Control should be used on Keyvault Services',
      'High',
    ],
  ]),
  ...about('Networking', vaults, [
    ['52f7826a-ace7-3107-dd0d-4875853c1576', 'Firewall should be enabled on Key Vault', 'Medium'],
    ['2e96bc2f-1972-e471-9e70-ae58d41e9d2a', 'Private endpoint should be configured for Key Vault', 'Medium'],
  ]),
  ...about(
    'IdentityAndAccess',
    [subscription],
    [
      ['6240402e-f77c-46fa-9060-a7ce53997754', names.ownerMfa, 'High'],
      [
        'c0cb17b2-0607-48a7-b0e0-903ed22de39b',
        'Accounts with write permissions on Azure resources should be MFA enabled',
        'High',
      ],
      [
        '20606e75-05c4-48c0-9d97-add6daa2109a',
        'Guest accounts with owner permissions on Azure resources should be removed',
        'High',
      ],
      [
        '050ac097-3dda-4d24-ab6d-82568e7a50cf',
        'Blocked accounts with owner permissions on Azure resources should be removed',
        'High',
      ],
      ['6f90a6d6-d4d6-0794-0ec1-98fa77878c2e', names.ownerCount, 'High'],
    ],
  ),
  ...about(
    'Compute',
    [subscription],
    [
      ['00000000-0000-0000-0000-0000000d7005', names.aiPlan, 'High'],
      ['b1af52e4-e968-4e2b-b6d0-6736c9651f0a', 'Microsoft Defender for Key Vault should be enabled', 'High'],
      ['1be22853-8ed1-4005-9907-ddad64cb1417', 'Microsoft Defender for Storage should be enabled', 'High'],
      [
        'f0fb2a7e-16d5-849f-be57-86db712e9bd0',
        'Microsoft Defender for Resource Manager should be enabled',
        'High',
      ],
    ],
  ),
  ...about('Data', storages, [
    ['51fd8bb1-0db4-bbf1-7e2b-cfcba7eb66a6', 'Storage account public access should be disallowed', 'Medium'],
    ['1c5de8e1-f68d-6a17-e0d2-ec259c42768c', 'Secure transfer to storage accounts should be enabled', 'High'],
    [
      '00000000-0000-0000-0000-0000000d7006',
      'Storage accounts should have the specified minimum TLS version',
      'Medium',
    ],
    [
      'ca98bba7-719e-48ee-e193-0b76766cdb07',
      'Storage accounts should use customer-managed key (CMK) for encryption',
      'Low',
    ],
  ]),
  // Partners upload to the claims inbox with links, and the platform writes its logs with the account key.
  ...about(
    'IdentityAndAccess',
    storages,
    [['3b363842-30f5-4056-980d-3a40fa5de8b3', names.storageKeys, 'Medium']],
    [storage.claims.id, storage.logs.id],
  ),
  ...about('Networking', storages, [
    [
      'ad4f3ff1-30eb-5042-16ed-27198f640b8d',
      'Storage accounts should restrict network access using virtual network rules',
      'Medium',
    ],
    [
      'cdc78c07-02b0-4af0-1cb2-cb7c672a8b0a',
      'Storage account should use a private link connection',
      'Medium',
    ],
  ]),
  ...about(
    'Networking',
    [subnet.id],
    [
      [
        'eade5b56-eefd-444f-95c8-23f29e5d93cb',
        'Subnets should be associated with a network security group',
        'Low',
      ],
    ],
  ),
  ...about(
    'Networking',
    [jumpHost.id],
    [
      [
        'bc303248-3d14-44c2-96a0-55f5c326b5fe',
        'Management ports should be closed on your virtual machines',
        'Medium',
      ],
    ],
  ),
  ...about(
    'Compute',
    [cluster.id],
    [
      [
        'b0fdc63a-38e7-4bab-a7c4-2c2665abbaa9',
        'Role-Based Access Control should be used on Kubernetes Services',
        'High',
      ],
    ],
  ),
  // The cluster is private, so there is no public endpoint to restrict.
  ...about(
    'Networking',
    [cluster.id],
    [
      [
        '1a2b5b4c-f80d-46e7-ac81-b51a9fb363de',
        'Authorized IP ranges should be defined on Kubernetes Services',
        'High',
      ],
    ],
    [cluster.id],
  ),
];
