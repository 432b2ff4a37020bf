/** As Microsoft Sentinel spells them (securityinsights 2025-09-01, `AttackTactic`). */
export const sentinelTactics = [
  'Reconnaissance',
  'ResourceDevelopment',
  'InitialAccess',
  'Execution',
  'Persistence',
  'PrivilegeEscalation',
  'DefenseEvasion',
  'CredentialAccess',
  'Discovery',
  'LateralMovement',
  'Collection',
  'Exfiltration',
  'CommandAndControl',
  'Impact',
  'PreAttack',
  'ImpairProcessControl',
  'InhibitResponseFunction',
] as const;
export type SentinelTactic = (typeof sentinelTactics)[number];

/** ATT&CK 19 parted Defense Evasion in two; Sentinel still has the one. */
const renamedTactics: Readonly<Record<string, SentinelTactic>> = {
  'defense-impairment': 'DefenseEvasion',
  stealth: 'DefenseEvasion',
};

/** `defense-evasion` to `DefenseEvasion`; undefined for a tactic that Sentinel does not have. */
export function sentinelTactic(tactic: string): SentinelTactic | undefined {
  const pascal = tactic.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return sentinelTactics.find((known) => known === pascal) ?? renamedTactics[tactic];
}

/** ATT&CK 19 gave these new numbers; Sentinel knows the old ones. */
const renumbered: Readonly<Record<string, string>> = { T1685: 'T1562', T1686: 'T1562' };

/**
 * The tactics that Sentinel files a technique under, for the techniques that happen in Azure and Entra. Its template
 * checker refuses a technique when none of these is among the rule's tactics, and every technique it does not know.
 * Source: Azure/Azure-Sentinel `.script/tests/detectionTemplateSchemaValidation`, `KillChainTechniquesHelper`.
 */
const tacticsOfTechnique: Readonly<Record<string, readonly SentinelTactic[]>> = {
  T1078: ['InitialAccess', 'Persistence', 'PrivilegeEscalation', 'DefenseEvasion'],
  T1098: ['Persistence'],
  T1110: ['CredentialAccess'],
  T1133: ['InitialAccess', 'Persistence'],
  T1136: ['Persistence'],
  T1190: ['InitialAccess'],
  T1195: ['InitialAccess'],
  T1199: ['InitialAccess'],
  T1213: ['Collection'],
  T1484: ['PrivilegeEscalation', 'DefenseEvasion'],
  T1485: ['Impact'],
  T1486: ['Impact'],
  T1489: ['Impact'],
  T1490: ['Impact'],
  T1491: ['Impact'],
  T1496: ['Impact'],
  T1498: ['Impact'],
  T1499: ['Impact'],
  T1525: ['Persistence'],
  T1526: ['Discovery'],
  T1528: ['CredentialAccess'],
  T1530: ['Collection'],
  T1531: ['Impact'],
  T1535: ['DefenseEvasion'],
  T1537: ['Exfiltration'],
  T1538: ['Discovery'],
  T1548: ['PrivilegeEscalation', 'DefenseEvasion'],
  T1550: ['DefenseEvasion', 'LateralMovement'],
  T1552: ['CredentialAccess'],
  T1555: ['CredentialAccess'],
  T1556: ['CredentialAccess', 'DefenseEvasion', 'Persistence'],
  T1562: ['DefenseEvasion'],
  T1565: ['Impact'],
  T1566: ['InitialAccess'],
  T1567: ['Exfiltration'],
  T1578: ['DefenseEvasion'],
  T1580: ['Discovery'],
  T1606: ['CredentialAccess'],
};

export const parentTechnique = (technique: string): string => technique.slice(0, 5);
export const tacticsOf = (technique: string): readonly SentinelTactic[] =>
  tacticsOfTechnique[parentTechnique(technique)] ?? [];

export interface SentinelAttack {
  readonly tactics: readonly SentinelTactic[];
  /** Sub-techniques stay as they are; Sentinel's own number where ATT&CK has a newer one. */
  readonly techniques: readonly string[];
  /** What Sentinel has no place for: ATLAS ids, techniques it does not know or that have no tactic here. */
  readonly elsewhere: readonly string[];
}

/** Says ATT&CK the way Sentinel accepts it. */
export function sentinelAttack(tactics: readonly string[], techniques: readonly string[]): SentinelAttack {
  const known = [...new Set(tactics.map(sentinelTactic).filter((tactic) => tactic !== undefined))].toSorted(
    (a, b) => sentinelTactics.indexOf(a) - sentinelTactics.indexOf(b),
  );
  const accepted = new Set<string>();
  const elsewhere: string[] = [];
  for (const technique of techniques) {
    const older = renumbered[parentTechnique(technique)];
    const spelled = older ?? technique;
    if (tacticsOf(spelled).some((tactic) => known.includes(tactic))) accepted.add(spelled);
    if (older !== undefined || !accepted.has(spelled)) elsewhere.push(technique);
  }
  return { tactics: known, techniques: [...accepted].toSorted(), elsewhere };
}
