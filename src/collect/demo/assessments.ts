import { accountList, cluster, search, storageList, subscription, vaultList } from './estate.ts';

/** A built-in recommendation of Defender for Cloud, and the resources of the estate it looks at. */
export interface AssessmentType {
  /** Assessment key; the same in every tenant. */
  readonly key: string;
  readonly name: string;
  readonly severity: 'High' | 'Medium' | 'Low';
  readonly category: 'Networking' | 'IdentityAndAccess' | 'Data' | 'Compute';
  readonly resources: readonly string[];
  /** Resources it does not apply to. */
  readonly notApplicable?: readonly string[];
}

const ai = accountList.map(({ id }) => id);
const withKeys = accountList.filter(({ isKeyless }) => !isKeyless).map(({ id }) => id);
const vaults = vaultList.map(({ id }) => id);
const storages = storageList.map(({ id }) => id);

const assess = (
  key: string,
  name: string,
  severity: AssessmentType['severity'],
  category: AssessmentType['category'],
  resources: readonly string[],
  notApplicable: readonly string[] = [],
): AssessmentType => ({ key, name, severity, category, resources, notApplicable });

export const assessmentNames = {
  aiNetwork: 'Azure AI Services resources should restrict network access',
  aiKeys: 'Azure AI Services resources should have key access disabled (disable local authentication)',
  aiDiagnostics: 'Diagnostic logs in Azure AI services resources should be enabled',
  vaultPurge: 'Key vaults should have purge protection enabled',
  ownerMfa: 'Accounts with owner permissions on Azure resources should be MFA enabled',
} as const;

export const assessmentTypes: readonly AssessmentType[] = [
  assess('f738efb8-005f-680d-3d43-b3db762d6243', assessmentNames.aiNetwork, 'Medium', 'Networking', ai),
  assess(
    '13b10b36-aa99-4db6-b00c-dcf87c4761e6',
    assessmentNames.aiKeys,
    'Medium',
    'IdentityAndAccess',
    ai,
    withKeys,
  ),
  assess('dea5192e-1bb3-101b-b70c-4646546f5e1e', assessmentNames.aiDiagnostics, 'Low', 'Data', [
    ...ai,
    search.id,
  ]),
  assess('4ed62ae4-5072-f9e7-8d94-51c76c48159a', assessmentNames.vaultPurge, 'Medium', 'Data', vaults),
  assess(
    '78211c38-fdb0-da71-ad22-a0e5af5f5a13',
    'Key vaults should have soft delete enabled',
    'High',
    'Data',
    vaults,
  ),
  assess(
    '52f7826a-ace7-3107-dd0d-4875853c1576',
    'Firewall should be enabled on Key Vault',
    'Medium',
    'Networking',
    vaults,
  ),
  assess(
    '2e96bc2f-1972-e471-9e70-ae58d41e9d2a',
    'Private endpoint should be configured for Key Vault',
    'Medium',
    'Networking',
    vaults,
  ),
  assess(
    '88bbc99c-e5af-ddd7-6105-6150b2bfa519',
    'Diagnostic logs in Key Vault should be enabled',
    'Low',
    'Data',
    vaults,
  ),
  assess('6240402e-f77c-46fa-9060-a7ce53997754', assessmentNames.ownerMfa, 'High', 'IdentityAndAccess', [
    subscription,
  ]),
  assess(
    'c0cb17b2-0607-48a7-b0e0-903ed22de39b',
    'Accounts with write permissions on Azure resources should be MFA enabled',
    'High',
    'IdentityAndAccess',
    [subscription],
  ),
  assess(
    '20606e75-05c4-48c0-9d97-add6daa2109a',
    'Guest accounts with owner permissions on Azure resources should be removed',
    'High',
    'IdentityAndAccess',
    [subscription],
  ),
  assess(
    '6f90a6d6-d4d6-0794-0ec1-98fa77878c2e',
    'A maximum of 3 owners should be designated for subscriptions',
    'High',
    'IdentityAndAccess',
    [subscription],
  ),
  assess(
    '51fd8bb1-0db4-bbf1-7e2b-cfcba7eb66a6',
    'Storage account public access should be disallowed',
    'Medium',
    'Data',
    storages,
  ),
  assess(
    'ad4f3ff1-30eb-5042-16ed-27198f640b8d',
    'Storage accounts should restrict network access using virtual network rules',
    'Medium',
    'Networking',
    storages,
  ),
  assess(
    '1c5de8e1-f68d-6a17-e0d2-ec259c42768c',
    'Secure transfer to storage accounts should be enabled',
    'High',
    'Data',
    storages,
  ),
  assess(
    'b0fdc63a-38e7-4bab-a7c4-2c2665abbaa9',
    'Role-Based Access Control should be used on Kubernetes Services',
    'High',
    'Compute',
    [cluster.id],
  ),
  // The cluster is private, so there is no public endpoint to restrict.
  assess(
    '1a2b5b4c-f80d-46e7-ac81-b51a9fb363de',
    'Authorized IP ranges should be defined on Kubernetes Services',
    'High',
    'Networking',
    [cluster.id],
    [cluster.id],
  ),
];
