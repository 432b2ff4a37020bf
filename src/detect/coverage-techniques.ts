/** A release of a knowledge base, and how much of it there is: what coverage is counted against. */
export interface KnowledgeBase {
  readonly title: string;
  readonly version: string;
  readonly source: string;
  readonly techniques: number;
  readonly subTechniques: number;
  readonly tactics: number;
}

/** Counts: release notes of April 2026, https://attack.mitre.org/resources/updates/updates-april-2026/ */
export const attackBase: KnowledgeBase = {
  title: 'MITRE ATT&CK for enterprises',
  version: '19',
  source: 'https://attack.mitre.org/versions/v19/',
  techniques: 222,
  subTechniques: 475,
  tactics: 15,
};

/** Counts: `dist/ATLAS.yaml` of release v5.6.1, which calls itself 5.6.0. */
export const atlasBase: KnowledgeBase = {
  title: 'MITRE ATLAS',
  version: '5.6.0',
  source: 'https://github.com/mitre-atlas/atlas-data/blob/v5.6.1/dist/ATLAS.yaml',
  techniques: 101,
  subTechniques: 69,
  tactics: 16,
};

/** Names of the techniques that our rules speak of, sub-techniques with their parent's name before them. */
export const techniqueNames: Readonly<Record<string, string>> = {
  T1027: 'Obfuscated Files or Information',
  T1040: 'Network Sniffing',
  'T1078.004': 'Valid Accounts: Cloud Accounts',
  'T1090.003': 'Proxy: Multi-hop Proxy',
  T1098: 'Account Manipulation',
  'T1098.001': 'Account Manipulation: Additional Cloud Credentials',
  'T1098.003': 'Account Manipulation: Additional Cloud Roles',
  T1110: 'Brute Force',
  'T1110.003': 'Brute Force: Password Spraying',
  T1190: 'Exploit Public-Facing Application',
  T1195: 'Supply Chain Compromise',
  'T1484.002': 'Domain or Tenant Policy Modification: Trust Modification',
  T1485: 'Data Destruction',
  T1489: 'Service Stop',
  T1490: 'Inhibit System Recovery',
  'T1496.004': 'Resource Hijacking: Cloud Service Hijacking',
  T1526: 'Cloud Service Discovery',
  T1528: 'Steal Application Access Token',
  T1530: 'Data from Cloud Storage',
  T1537: 'Transfer Data to Cloud Account',
  T1548: 'Abuse Elevation Control Mechanism',
  T1552: 'Unsecured Credentials',
  'T1555.006': 'Credentials from Password Stores: Cloud Secrets Management Stores',
  T1556: 'Modify Authentication Process',
  'T1556.006': 'Modify Authentication Process: Multi-Factor Authentication',
  'T1556.009': 'Modify Authentication Process: Conditional Access Policies',
  T1557: 'Adversary-in-the-Middle',
  'T1566.002': 'Phishing: Spearphishing Link',
  T1621: 'Multi-Factor Authentication Request Generation',
  T1685: 'Disable or Modify Tools',
  'T1685.002': 'Disable or Modify Tools: Disable or Modify Cloud Log',
  'T1686.001': 'Disable or Modify System Firewall: Cloud Firewall',
  'AML.T0010': 'AI Supply Chain Compromise',
  'AML.T0011': 'User Execution',
  'AML.T0012': 'Valid Accounts',
  'AML.T0015': 'Evade AI Model',
  'AML.T0020': 'Poison Training Data',
  'AML.T0024': 'Exfiltration via AI Inference API',
  'AML.T0025': 'Exfiltration via Cyber Means',
  'AML.T0029': 'Denial of AI Service',
  'AML.T0034': 'Cost Harvesting',
  'AML.T0035': 'AI Artifact Collection',
  'AML.T0040': 'AI Model Inference API Access',
  'AML.T0051': 'LLM Prompt Injection',
  'AML.T0051.001': 'LLM Prompt Injection: Indirect',
  'AML.T0054': 'LLM Jailbreak',
  'AML.T0055': 'Unsecured Credentials',
  'AML.T0057': 'LLM Data Leakage',
};

/** Techniques that ATT&CK 19 revoked, and what stands in their stead: relationships `revoked-by` of its STIX data. */
export const retiredTechniques: Readonly<Record<string, string>> = {
  'T1070.001': 'T1685.005',
  'T1070.002': 'T1685.006',
  T1562: 'T1685',
  'T1562.001': 'T1685',
  'T1562.002': 'T1685.001',
  'T1562.003': 'T1690',
  'T1562.004': 'T1686',
  'T1562.006': 'T1685',
  'T1562.007': 'T1686.001',
  'T1562.008': 'T1685.002',
  'T1562.009': 'T1688',
  'T1562.010': 'T1689',
  'T1562.011': 'T1685.003',
  'T1562.012': 'T1685.004',
  'T1562.013': 'T1686.002',
  T1656: 'T1684.001',
  T1672: 'T1684.002',
};

/** ATT&CK 19 parted Defense Evasion in two. */
export const retiredTactics: Readonly<Record<string, readonly string[]>> = {
  'defense-evasion': ['stealth', 'defense-impairment'],
};
